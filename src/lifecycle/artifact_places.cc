#include "lifecycle/artifact_places.h"

#include <algorithm>

#include "base/text.h"
#include "ledger/object_store.h"
#include "lifecycle/bundle_format.h"

namespace daybook::lifecycle {
namespace {

constexpr std::string_view kRuns = "artifacts/runs/";
constexpr std::size_t kSha256Digits = 64;

// What stands between `before` and `behind`, if it is a SHA-256.
std::string digits_between(std::string_view path, std::string_view before,
                           std::string_view behind) {
    if (path.size() != before.size() + kSha256Digits + behind.size()) return "";
    if (!path.starts_with(before) || !path.ends_with(behind)) return "";
    const std::string_view digits = path.substr(before.size(), kSha256Digits);
    const bool is_hash = std::all_of(digits.begin(), digits.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    });
    return is_hash ? std::string(digits) : "";
}

}  // namespace

std::string content_of_place(std::string_view path) {
    if (std::string object = ledger::object_of_path(path); !object.empty()) return object;
    if (std::string diff = digits_between(path, "artifacts/code/", ".diff"); !diff.empty()) {
        return diff;
    }
    return digits_between(path, "artifacts/inputs/", ".parquet");
}

Status check_place_of_runs(std::string_view path,
                           const std::set<std::string, std::less<>>& directories) {
    RETURN_IF_ERROR(check_artifact_place(path));
    if (!content_of_place(path).empty()) return {};
    if (path.starts_with(kRuns)) {
        const std::string_view rest = path.substr(kRuns.size());
        const std::size_t slash = rest.find('/');
        if (slash != std::string_view::npos && directories.contains(rest.substr(0, slash))) {
            return {};
        }
    }
    return fail(ErrorCode::kCorrupt,
                "{}: it is no place of these runs: expected artifacts/runs/<run>/…, or a name "
                "that says its content below objects/, code/ or inputs/",
                printable(path, 200));
}

}  // namespace daybook::lifecycle
