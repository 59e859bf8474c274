#include "ledger/outer_run.h"

#include <string_view>

#include "json/chars.h"
#include "json/rules.h"

namespace daybook::ledger {

Result<std::optional<std::string>> outer_run(const std::string& value) {
    if (value.empty()) return std::nullopt;
    std::string_view expected = json::expected_format(json::Format::kName, value);
    if (json::utf8_prefix(value) != value.size()) expected = "text in UTF-8";
    if (expected.empty()) return value;
    return fail(ErrorCode::kInvalidArgument,
                "DAYBOOK_RUN_ID: found {} bytes that are no id of a run, expected {}", value.size(),
                expected);
}

}  // namespace daybook::ledger
