#include "cli/inspect_seal.h"

#include <fcntl.h>

#include <string_view>

#include "archive/log_source.h"
#include "base/hash.h"
#include "ledger/file_hash.h"
#include "ledger/seal_chain.h"
#include "log/layout.h"
#include "log/log_source.h"
#include "os/file.h"

namespace daybook::cli {
namespace {

constexpr std::string_view kSealSuffix = ".seal.json";

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// The part beside its seal, or in an archive; nullopt: it is nowhere.
Result<std::optional<log::OpenPart>> open_part(const log::PartId& part,
                                               const std::string& part_path,
                                               const std::optional<std::string>& ledger) {
    Result<os::UniqueFd> fd = os::open_fd(part_path, O_RDONLY);
    if (fd) return log::OpenPart{.fd = std::move(*fd), .path = part_path};
    if (fd.error().code() != ErrorCode::kNotFound) return fail(fd.error());
    if (!ledger) return std::nullopt;
    Result<log::OpenPart> archived =
        archive::archived_parts(ledger::LedgerDir(*ledger))->open(part);
    if (archived) return std::move(*archived);
    if (archived.error().code() == ErrorCode::kNotFound) return std::nullopt;
    return fail(archived.error());
}

Result<std::string> compare(const ledger::Seal& seal, const std::string& part_path,
                            const std::optional<std::string>& ledger) {
    ASSIGN_OR_RETURN(const std::optional<log::OpenPart> part,
                     open_part(seal.part, part_path, ledger));
    if (!part) return fmt::format("there is no {}", part_path);
    if (!part->removed.empty()) {
        return fmt::format("retention has removed lines of it: 'daybook inspect archive {}'",
                           os::parent_path(part->path));
    }
    const os::UniqueFd& fd = part->fd;
    ASSIGN_OR_RETURN(const os::FileInfo info, os::file_info(fd.get(), part->path));
    if (info.size.value() != seal.facts.bytes) {
        return fmt::format("the part has {} bytes, the seal says {}", info.size.value(),
                           seal.facts.bytes);
    }
    ASSIGN_OR_RETURN(const ledger::FileHash hash, ledger::hash_file(fd.get(), part->path));
    if (hash.sha256 != seal.sha256) {
        return fmt::format("the part's SHA-256 is {}, the seal says {}", hash.sha256, seal.sha256);
    }
    return "";
}

// The ledger's directory around `ROOT/events/day=…/part-….seal.json`; nullopt if it is elsewhere.
std::optional<std::string> ledger_around(const std::string& path) {
    const std::string day = os::parent_path(os::canonical_path(path));
    const std::string events = os::parent_path(day);
    if (!log::parse_day_dir(name_of(day)) || name_of(events) != "events") return std::nullopt;
    return os::parent_path(events);
}

Result<SealPlace> place_of(const std::string& seal_sha256, const std::string& root) {
    const log::Layout layout(root);
    ASSIGN_OR_RETURN(const ledger::SealFiles files, ledger::read_seals(layout));
    const ledger::Chain chain = ledger::examine_chain(files, layout);
    SealPlace place{.seals = chain.order.size(), .head = files.head};
    for (std::size_t i = 0; i < chain.order.size(); ++i) {
        if (files.seals[chain.order[i]].sha256 == seal_sha256) place.position = i + 1;
    }
    return place;
}

}  // namespace

Result<SealReport> examine_seal(const std::string& path) {
    ASSIGN_OR_RETURN(const std::string text, os::read_file(path, ledger::kSealBytesMax));
    if (!path.ends_with(kSealSuffix)) {
        return fail(ErrorCode::kCorrupt, "inspect {}: it is no seal: its name does not end in {}",
                    path, kSealSuffix);
    }
    ASSIGN_OR_RETURN(const ledger::Seal seal, ledger::decode_seal(text, path));
    SealReport report{.fields = event_fields(text), .seal_sha256 = sha256_hex(text), .problem = ""};
    const std::string part_path = path.substr(0, path.size() - kSealSuffix.size()) + ".jsonl";
    const std::optional<std::string> root = ledger_around(path);
    ASSIGN_OR_RETURN(report.problem, compare(seal, part_path, root));
    if (root) {
        ASSIGN_OR_RETURN(report.place, place_of(report.seal_sha256, *root));
    }
    return report;
}

}  // namespace daybook::cli
