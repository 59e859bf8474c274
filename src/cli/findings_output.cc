#include "cli/findings_output.h"

#include <nlohmann/json.hpp>

#include "cli/human.h"

namespace daybook::cli {
namespace {

using Json = nlohmann::ordered_json;

void print_json(const FindingsDocument& document, Context& context) {
    Json json = Json::object();
    for (const auto& [name, value] : document.totals) json[std::string(name)] = value;
    Json& findings = json["findings"] = Json::array();
    for (const ledger::VerifyFinding& finding : document.findings) {
        findings.push_back({{"kind", finding.kind},
                            {"file", finding.file},
                            {"offset", finding.offset},
                            {"length", finding.length},
                            {"problem", finding.problem},
                            {"detail", finding.detail}});
    }
    if (!document.left_out.empty()) json["left_out"] = document.left_out;
    // A path need not be UTF-8.
    context.out.print("{}\n", json.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace

void print_findings(const FindingsDocument& document, Context& context) {
    if (context.format == Format::kJson) return print_json(document, context);
    if (context.format == Format::kTable && document.findings.empty()) return;
    const auto rows = context.rows(
        {{"kind"}, {"file"}, {"offset"}, {"length", Unit::kBytes}, {"problem"}, {"detail"}});
    for (const ledger::VerifyFinding& finding : document.findings) {
        rows->row({finding.kind, finding.file, finding.offset, finding.length, finding.problem,
                   finding.detail});
    }
    for (const auto& [kind, count] : document.left_out) {
        rows->row({kind, "", std::uint64_t{0}, std::uint64_t{0}, false,
                   fmt::format("{} more, not listed", human_count(count))});
    }
    rows->finish();
}

}  // namespace daybook::cli
