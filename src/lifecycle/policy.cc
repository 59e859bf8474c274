#include "lifecycle/policy.h"

#include <array>

#include <nlohmann/json.hpp>

#include "base/byte_size.h"
#include "base/text.h"
#include "ledger/manifest.h"
#include "lifecycle/json_entry.h"
#include "query/filter.h"

namespace daybook::lifecycle {
namespace {

constexpr std::array<std::string_view, 8> kKeys = {"keep_days", "keep_bytes", "keep_last_runs",
                                                   "keep",      "pin_tags",   "summaries",
                                                   "deleted",   "automatic"};
constexpr std::uint64_t kDaysMax = 36'500;
constexpr std::uint64_t kRunsMax = std::uint64_t{1} << 62;

// A number of bytes, or a text such as "50 GB".
Result<std::optional<std::uint64_t>> read_bytes(const JsonEntry& entry) {
    constexpr const char* kKey = "keep_bytes";
    const JsonEntry::Object* const value = entry.find(kKey);
    if (value == nullptr) return std::nullopt;
    if (!value->is_string()) return entry.count(kKey, kRunsMax);
    const auto bytes = parse_byte_size(value->get_ref<const std::string&>());
    if (bytes) return *bytes;
    return entry.refuse(kKey, value->dump(), "a size such as \"50 GB\", or a number of bytes");
}

Result<std::vector<std::string>> read_filters(const JsonEntry& entry) {
    constexpr std::string_view kExpected =
        "a filter as 'daybook runs --where' takes it, or a list of them";
    ASSIGN_OR_RETURN(std::vector<std::string> filters, entry.texts("keep", kExpected));
    for (const std::string& filter : filters) {
        const auto sql = query::filter_sql(filter, {.scope = query::FilterScope::kRuns});
        if (sql) continue;
        return entry.refuse("keep", filter,
                            fmt::format("{}: {}", kExpected, sql.error().message()));
    }
    return filters;
}

}  // namespace

std::string_view to_string(Summaries summaries) {
    return summaries == Summaries::kKeep ? "keep" : "drop";
}

Result<RetentionPolicy> parse_retention(std::string_view text, const std::string& path) {
    const auto object = JsonEntry::Object::parse(text, nullptr, /*allow_exceptions=*/false);
    if (!object.is_object()) {
        return fail(ErrorCode::kCorrupt, "read {}: `retention`: found {}, expected an object", path,
                    printable(text));
    }
    const JsonEntry entry(object, path, "`retention`");
    RETURN_IF_ERROR(entry.check_keys(kKeys));
    RetentionPolicy policy;
    ASSIGN_OR_RETURN(const auto days, entry.count("keep_days", kDaysMax));
    if (days) policy.keep_days = static_cast<std::int64_t>(*days);
    ASSIGN_OR_RETURN(policy.keep_bytes, read_bytes(entry));
    ASSIGN_OR_RETURN(policy.keep_last_runs, entry.count("keep_last_runs", kRunsMax));
    ASSIGN_OR_RETURN(policy.keep, read_filters(entry));
    constexpr std::string_view kTags = "a tag, \"key\" or \"key=value\", or a list of them";
    ASSIGN_OR_RETURN(policy.pin_tags, entry.texts("pin_tags", kTags));
    for (const std::string& tag : policy.pin_tags) {
        if (tag.starts_with('=')) return entry.refuse("pin_tags", tag, kTags);
    }
    constexpr std::string_view kSummaries = "\"keep\" or \"drop\"";
    ASSIGN_OR_RETURN(const auto summaries, entry.text("summaries", kSummaries));
    if (summaries && *summaries != "keep" && *summaries != "drop") {
        return entry.refuse("summaries", *summaries, kSummaries);
    }
    if (summaries == "drop") policy.summaries = Summaries::kDrop;
    ASSIGN_OR_RETURN(const auto deleted, entry.boolean("deleted"));
    policy.deleted = deleted.value_or(false);
    ASSIGN_OR_RETURN(const auto automatic, entry.boolean("automatic"));
    policy.automatic = automatic.value_or(false);
    return policy;
}

Result<RetentionPolicy> read_retention(const ledger::LedgerDir& dir) {
    ASSIGN_OR_RETURN(const auto text, ledger::manifest_value(dir, kRetentionKey));
    if (!text) return RetentionPolicy{};
    return parse_retention(*text, dir.manifest_path());
}

}  // namespace daybook::lifecycle
