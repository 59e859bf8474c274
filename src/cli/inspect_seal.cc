#include "cli/inspect_seal.h"

#include <optional>
#include <string_view>

#include "base/hash.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

constexpr std::size_t kSealBytesMax = std::size_t{64} << 10;
constexpr std::string_view kSealSuffix = ".seal.json";

std::string value_of(const std::vector<EventField>& fields, std::string_view name) {
    for (const EventField& field : fields) {
        if (field.name == name) return field.json;
    }
    return "";
}

Result<std::string> compare(const std::vector<EventField>& fields, const std::string& part_path) {
    ASSIGN_OR_RETURN(const bool there, os::exists(part_path));
    if (!there) return fmt::format("there is no {}", part_path);
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(part_path, O_RDONLY));
    ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd.get(), part_path));
    const std::string bytes = fmt::format("{}", info.size.value());
    const std::string sealed_bytes = value_of(fields, "bytes");
    if (bytes != sealed_bytes) {
        return fmt::format("the part has {} bytes, the seal says {}", bytes, sealed_bytes);
    }
    ASSIGN_OR_RETURN(const os::MappedFile part,
                     os::MappedFile::map(fd.get(), info.size.value(), part_path));
    const std::string sha256 = '"' + sha256_hex(part.bytes()) + '"';
    const std::string sealed_sha256 = value_of(fields, "sha256");
    if (sha256 != sealed_sha256) {
        return fmt::format("the part's SHA-256 is {}, the seal says {}", sha256, sealed_sha256);
    }
    return "";
}

}  // namespace

Result<SealReport> examine_seal(const std::string& path) {
    ASSIGN_OR_RETURN(const std::string text, os::read_file(path, kSealBytesMax));
    SealReport report{.fields = event_fields(text), .seal_sha256 = sha256_hex(text), .problem = ""};
    if (report.fields.empty() || !path.ends_with(kSealSuffix)) {
        return fail(ErrorCode::kCorrupt, "inspect {}: it is no seal", path);
    }
    if (value_of(report.fields, "format") != "1") {
        return fail(ErrorCode::kUnsupported, "inspect {}: format {}, this version knows format 1",
                    path, value_of(report.fields, "format"));
    }
    const std::string part_path = path.substr(0, path.size() - kSealSuffix.size()) + ".jsonl";
    ASSIGN_OR_RETURN(report.problem, compare(report.fields, part_path));
    return report;
}

}  // namespace daybook::cli
