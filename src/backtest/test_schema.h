// Documents against the schemas that describe them.
#pragma once

#include <fstream>
#include <string>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace daybook::backtest::testing {

// A schema of schemas/documents/, or one of its definitions.
class Schema {
public:
    explicit Schema(const std::string& name, const std::string& definition = "") {
        nlohmann::json root = read(name);
        if (!definition.empty()) {
            root = {{"definitions", root.at("definitions")},
                    {"$ref", "#/definitions/" + definition}};
        }
        valijson::SchemaParser(valijson::SchemaParser::kDraft7)
            .populateSchema(
                valijson::adapters::NlohmannJsonAdapter(root), schema_,
                [](const std::string& uri) {
                    return new nlohmann::json(read(uri.substr(uri.rfind('/') + 1)));
                },
                [](const nlohmann::json* document) { delete document; });
    }

    // What is wrong with `document`; empty if nothing is.
    std::string check(const nlohmann::json& document) const {
        valijson::Validator validator;
        valijson::ValidationResults results;
        const valijson::adapters::NlohmannJsonAdapter target(document);
        if (validator.validate(schema_, target, &results)) return "";
        std::string reasons = "refused";
        for (valijson::ValidationResults::Error error; results.popError(error);) {
            reasons +=
                "\n" + fmt::format("{}: {}", fmt::join(error.context, ""), error.description);
        }
        return reasons;
    }

private:
    static nlohmann::json read(const std::string& name) {
        std::ifstream file(DAYBOOK_SOURCE_DIR "/schemas/documents/" + name);
        return nlohmann::json::parse(file);
    }

    valijson::Schema schema_;
};

}  // namespace daybook::backtest::testing
