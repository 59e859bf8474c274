#include "ledger/artifact_layout.h"

#include "base/hash.h"

namespace daybook::ledger {
namespace {

constexpr std::size_t kNameBytesMost = 200;
constexpr std::size_t kNameBytesKept = 160;

bool is_plain(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '=' || c == '-';
}

}  // namespace

Result<std::string> run_directory_name(std::string_view run_id) {
    if (run_id.empty() || run_id == "." || run_id == "..") {
        return fail(ErrorCode::kInvalidArgument,
                    "run_id: found '{}', expected a name that can be a directory's", run_id);
    }
    std::string name;
    for (const char c : run_id) {
        if (is_plain(c)) {
            name += c;
        } else {
            name += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    if (name.size() <= kNameBytesMost) return name;
    return name.substr(0, kNameBytesKept) + "~" + xxh3_128(run_id).to_hex();
}

Result<std::string> run_directory(std::string_view run_id) {
    ASSIGN_OR_RETURN(const std::string name, run_directory_name(run_id));
    return "artifacts/runs/" + name;
}

}  // namespace daybook::ledger
