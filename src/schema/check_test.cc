// The tables and the walk against the JSON Schemas that they were generated from: every type, every
// field, every kind of value, with valijson as the second opinion.
#include "schema/check.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include "event/events.h"
#include "schema/event_walk.h"
#include "schema/schema_json.h"
#include "schema/spec.h"

namespace daybook::schema {
namespace {

constexpr TimestampMs kNow{1769126400000};

Tree schema_of(const TypeSpec& spec) { return Tree::parse(spec.schema_text); }

std::string checked_text(const TypeSpec& spec, const std::string& fields) {
    const bool of_ledger = spec.name.starts_with("ledger.") || spec.name.starts_with("view.");
    const std::string event = "{\"event_type\":\"" + std::string(spec.name) + "\",\"run_id\":\"" +
                              (of_ledger ? "_ledger" : "r1") + "\"" + (fields.empty() ? "" : ",") +
                              fields + "}";
    WalkedEvent walked;
    const Status status = walk_event(event, kNow, &walked);
    return status ? "ok" : status.error().message();
}

std::string checked(const TypeSpec& spec, const Tree& payload) {
    const std::string text = payload.dump();
    return checked_text(spec, text.substr(1, text.size() - 2));
}

// What JSON Schema says; it does not know the formats that are Daybook's own.
bool valid(const TypeSpec& spec, const Tree& payload) {
    nlohmann::json plain_schema(schema_of(spec));
    const std::function<void(nlohmann::json&)> drop_formats = [&](nlohmann::json& node) {
        if (node.is_object() && node.contains("format") && node["format"].is_string())
            node.erase("format");
        for (auto& child : node) {
            if (child.is_structured()) drop_formats(child);
        }
    };
    drop_formats(plain_schema);
    const nlohmann::json plain(payload);
    valijson::Schema schema;
    valijson::SchemaParser(valijson::SchemaParser::kDraft7)
        .populateSchema(valijson::adapters::NlohmannJsonAdapter(plain_schema), schema);
    valijson::Validator validator;
    return validator.validate(schema, valijson::adapters::NlohmannJsonAdapter(plain), nullptr);
}

// A value that a field's schema allows.
Tree sample(const Tree& schema) {
    if (schema.contains("enum")) return schema["enum"].back();
    const std::string type = schema["type"].is_array() ? schema["type"][0] : schema["type"];
    const std::string format = schema.value("format", "");
    if (type == "string" && format == "sha256") return std::string(64, '0');
    if (type == "string" && format == "date") return "2026-01-23";
    if (type == "string") return "text";
    if (type == "integer") return schema.value("minimum", -5);
    if (type == "number") return 1.5;
    if (type == "boolean") return true;
    if (type == "array") return Tree::array({"a", "b"});
    Tree object = Tree::object();
    if (schema.contains("properties")) {
        for (const auto& [name, field] : schema["properties"].items()) object[name] = sample(field);
        return object;
    }
    const Tree values = schema.value("additionalProperties", Tree(true));
    object["key"] = values.is_object() ? sample(values) : Tree(1);
    return object;
}

const std::vector<Tree>& one_of_each_kind() {
    static const std::vector<Tree> kinds = {nullptr,
                                            true,
                                            7,
                                            -7,
                                            1.5,
                                            "text",
                                            "",
                                            Tree::array(),
                                            Tree::array({1}),
                                            Tree::array({"a"}),
                                            Tree::object(),
                                            Tree{{"key", 1}},
                                            Tree{{"key", "v"}},
                                            Tree{{"key", nullptr}},
                                            Tree{{"key", Tree::array()}}};
    return kinds;
}

// Calls `visit(pointer, schema)` for each field of `schema`, those of objects within it included.
void for_each_field(const Tree& schema, const std::string& at,
                    const std::function<void(const std::string&, const Tree&)>& visit) {
    if (!schema.contains("properties")) return;
    for (const auto& [name, field] : schema["properties"].items()) {
        visit(at + "/" + name, field);
        for_each_field(field, at + "/" + name, visit);
    }
}

TEST(Check, TheTablesAreTheTypesOfPayload) {
    ASSERT_EQ(builtin_types().size(), event::kTypes.size());
    for (std::size_t i = 0; i < event::kTypes.size(); ++i) {
        EXPECT_EQ(builtin_types()[i].name, event::kTypes[i]);
        EXPECT_EQ(builtin_types()[i].durability, event::kTypeDurabilities[i]);
        EXPECT_EQ(schema_of(builtin_types()[i])["title"], std::string(event::kTypes[i]));
    }
}

TEST(Check, AnEventWithEveryFieldIsTaken) {
    for (const TypeSpec& spec : builtin_types()) {
        EXPECT_EQ(checked(spec, sample(schema_of(spec))), "ok") << spec.name;
    }
}

TEST(Check, AnEventWithTheRequiredFieldsAloneIsTaken) {
    for (const TypeSpec& spec : builtin_types()) {
        const Tree schema = schema_of(spec);
        Tree payload = Tree::object();
        for (const Tree& name : schema.value("required", Tree::array())) {
            payload[name.get<std::string>()] =
                sample(schema["properties"][name.get<std::string>()]);
        }
        EXPECT_EQ(checked(spec, payload), "ok") << spec.name;
    }
}

TEST(Check, EveryRequiredFieldIsMissed) {
    int tried = 0;
    const auto try_all = [&](const TypeSpec& spec, const Tree& schema, const std::string& at) {
        for (const Tree& name : schema.value("required", Tree::array())) {
            Tree payload = sample(schema_of(spec));
            const Tree::json_pointer parent(at);
            payload[parent].erase(name.get<std::string>());
            EXPECT_TRUE(checked(spec, payload)
                            .starts_with("check event: " + at + "/" + name.get<std::string>() +
                                         ": missing, expected "))
                << checked(spec, payload);
            ++tried;
        }
    };
    for (const TypeSpec& spec : builtin_types()) {
        const Tree schema = schema_of(spec);
        try_all(spec, schema, "");
        for_each_field(schema, "",
                       [&](const std::string& at, const Tree& field) { try_all(spec, field, at); });
    }
    EXPECT_GT(tried, 35);
}

TEST(Check, EveryFieldRefusesEveryValueThatItsSchemaRefuses) {
    int refused = 0;
    for (const TypeSpec& spec : builtin_types()) {
        for_each_field(schema_of(spec), "", [&](const std::string& at, const Tree& field) {
            for (const Tree& value : one_of_each_kind()) {
                Tree payload = sample(schema_of(spec));
                payload[Tree::json_pointer(at)] = value;
                const std::string got = checked(spec, payload);
                const bool has_format = field.contains("format") && value.is_string();
                if (has_format && got != "ok") continue;  // see FormatsAreChecked
                ASSERT_EQ(got == "ok", valid(spec, payload)) << spec.name << at << value << got;
                if (got == "ok") continue;
                ++refused;
                EXPECT_TRUE(got.starts_with("check event: " + at)) << got;
            }
        });
    }
    EXPECT_GT(refused, 1000);
}

TEST(Check, FormatsAreChecked) {
    const std::map<std::string, std::vector<std::string>> wrong = {
        {"name", {"", "a\nb", std::string(257, 'x')}},
        {"path", {"", "a\tb", std::string(4097, 'x')}},
        {"sha256", {"", "0", std::string(64, 'A'), std::string(65, '0')}},
        {"date", {"", "2026-1-1", "2026-02-30"}}};
    int tried = 0;
    for (const TypeSpec& spec : builtin_types()) {
        for_each_field(schema_of(spec), "", [&](const std::string& at, const Tree& field) {
            if (!field.contains("format")) return;
            for (const std::string& text : wrong.at(field["format"])) {
                Tree payload = sample(schema_of(spec));
                payload[Tree::json_pointer(at)] = text;
                EXPECT_TRUE(checked(spec, payload).starts_with("check event: " + at + ": found"))
                    << at;
                ++tried;
            }
        });
    }
    EXPECT_GT(tried, 100);
}

TEST(Check, NoIntegerMayBeBelowItsMinimum) {
    for (const TypeSpec& spec : builtin_types()) {
        for_each_field(schema_of(spec), "", [&](const std::string& at, const Tree& field) {
            if (!field.contains("minimum")) return;
            Tree payload = sample(schema_of(spec));
            payload[Tree::json_pointer(at)] = field["minimum"].get<int>() - 1;
            EXPECT_NE(checked(spec, payload), "ok") << spec.name << at;
        });
    }
}

TEST(Check, NoFieldMayBeGivenTwice) {
    for (const TypeSpec& spec : builtin_types()) {
        const Tree all = sample(schema_of(spec));
        const std::string text = all.dump();
        for (const auto& [name, value] : all.items()) {
            const std::string fields =
                text.substr(1, text.size() - 2) + ",\"" + name + "\":" + value.dump();
            EXPECT_EQ(checked_text(spec, fields),
                      "check event: /" + name + ": given twice, expected once");
        }
    }
}

TEST(Check, FieldsThatTheSchemaDoesNotNameAreTakenAtEveryLevel) {
    for (const TypeSpec& spec : builtin_types()) {
        Tree payload = sample(schema_of(spec));
        payload["cluster"] = Tree{{"nodes", 3}};
        for_each_field(schema_of(spec), "", [&](const std::string& at, const Tree& field) {
            if (field.contains("properties")) payload[Tree::json_pointer(at)]["cluster"] = nullptr;
        });
        EXPECT_EQ(checked(spec, payload), "ok") << spec.name;
    }
}

TEST(Check, MessagesSayPlaceFoundAndExpected) {
    const TypeSpec& trial = *find_builtin("trial.recorded");
    EXPECT_EQ(checked_text(trial, R"("trial_id":7)"),
              "check event: /trial_id: found 7, expected a string");
    EXPECT_EQ(checked_text(trial, R"("trial_id":"t","params":[],"metrics":{})"),
              "check event: /params: found an array, expected an object");
    EXPECT_EQ(
        checked_text(trial, R"("trial_id":"t","params":{},"metrics":{},"state":"done")"),
        "check event: /state: found \"done\", expected one of `complete`, `pruned`, `failed`");
    EXPECT_EQ(checked_text(trial, R"("trial_id":"t","params":{},"metrics":{},"duration_ms":1.5)"),
              "check event: /duration_ms: found 1.5, expected an integer of at most 64 bits");
    EXPECT_EQ(checked_text(trial, R"("trial_id":"t","params":{},"metrics":{},"duration_ms":-1)"),
              "check event: /duration_ms: found -1, expected an integer of at least 0");
    EXPECT_EQ(checked_text(trial, R"("trial_id":"t","metrics":{})"),
              "check event: /params: missing, expected an object");
    EXPECT_EQ(checked_text(trial, R"("trial_id":"t","params":{"x":NaN},"metrics":{})"),
              "parse event: /params/x: line 1, column 75: found NaN, expected a finite number: "
              "JSON has no "
              "form for it; leave the field out");
    EXPECT_EQ(
        checked_text(trial, R"("trial_id":"t","params":{},"metrics":{},"violations":["a",1])"),
        "check event: /violations/1: found 1, expected a string");
}

}  // namespace
}  // namespace daybook::schema
