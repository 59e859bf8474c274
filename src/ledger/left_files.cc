#include "ledger/left_files.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/limits.h"
#include "ledger/buried_records.h"
#include "ledger/quarantine.h"
#include "log/layout.h"
#include "log/sharing.h"
#include "os/file.h"

namespace daybook::ledger {
namespace {

// What is cut off, or left beside a part, is no longer than a part may be.
constexpr std::uint64_t kFileBytesMax = std::uint64_t{256} << 20;

class LeftFilesLook {
public:
    LeftFilesLook(const LedgerDir& dir, TimestampMs now, RepairFacts& facts)
        : dir_(dir), now_(now), facts_(facts) {}

    // What was cut off as an unfinished line may hold a whole record, too.
    Status look_into_torn() {
        ASSIGN_OR_RETURN(const bool there, os::exists(dir_.layout().torn_dir()));
        if (!there) return {};
        ASSIGN_OR_RETURN(const auto entries, os::list_dir(dir_.layout().torn_dir()));
        for (const os::DirEntry& entry : entries) {
            const std::optional<log::TornFileName> name = log::parse_torn_file(entry.name);
            if (!name || entry.is_directory) continue;
            const std::string path = os::join_path(dir_.layout().torn_dir(), entry.name);
            const Result<std::string> bytes = os::read_file(path, kFileBytesMax);
            if (!bytes) {
                facts_.unreadable.push_back({path, bytes.error().message()});
                continue;
            }
            std::vector<BuriedRecord> records = finder_.find(*bytes, name->offset);
            if (!records.empty()) facts_.torn_files.push_back({path, name->part, records});
        }
        return {};
    }

    // Lines that a tool had left beside a part, and that an earlier repair put away: it may have
    // gone on writing to the file meanwhile.  One that has not grown is passed over.
    Status look_into_quarantine() {
        ASSIGN_OR_RETURN(const bool there, os::exists(dir_.quarantine_dir()));
        if (!there) return {};
        ASSIGN_OR_RETURN(const auto entries, os::list_dir(dir_.quarantine_dir()));
        for (const os::DirEntry& entry : entries) {
            const std::optional<log::PartId> part = quarantined_temporary(entry.name);
            if (!part || entry.is_directory) continue;
            const std::string path = os::join_path(dir_.quarantine_dir(), entry.name);
            // What it held when it was put away has been in the log since.
            ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
            if (info && quarantined_bytes(path) == info->size.value()) continue;
            const Result<std::string> bytes = os::read_file(path, kFileBytesMax);
            if (!bytes) {
                facts_.unreadable.push_back({path, bytes.error().message()});
                continue;
            }
            std::vector<BuriedRecord> records = finder_.find(*bytes, ByteOffset(0));
            if (records.empty()) continue;
            facts_.torn_files.push_back({path, *part, std::move(records), true});
        }
        return {};
    }

    Status look_into_temporaries() {
        ASSIGN_OR_RETURN(const bool there, os::exists(dir_.layout().events_dir()));
        if (!there) return {};
        ASSIGN_OR_RETURN(const auto days, os::list_dir(dir_.layout().events_dir()));
        for (const os::DirEntry& entry : days) {
            const std::optional<Day> day = log::parse_day_dir(entry.name);
            if (!day || !entry.is_directory) continue;
            ASSIGN_OR_RETURN(const auto files, os::list_dir(dir_.layout().day_dir(*day)));
            for (const os::DirEntry& file : files) {
                const auto number = log::parse_foreign_temporary(file.name);
                if (!number || file.is_directory) continue;
                look_into_temporary({.day = *day, .number = *number},
                                    os::join_path(dir_.layout().day_dir(*day), file.name));
            }
        }
        return {};
    }

    void look_into_temporary(const log::PartId& part, const std::string& path) {
        const Result<std::optional<os::FileInfo>> info = os::file_info(path);
        // A pipe of that name would be waited for.
        if (info && *info && !(*info)->is_regular) {
            facts_.unreadable.push_back({path, "it is no ordinary file"});
            return;
        }
        const Result<std::string> bytes = os::read_file(path, kFileBytesMax);
        if (!bytes && bytes.error().code() == ErrorCode::kNotFound) return;
        if (!info || !bytes) {
            facts_.unreadable.push_back(
                {path, info ? bytes.error().message() : info.error().message()});
            return;
        }
        if (!*info) return;
        LeftTemporary left{.path = path,
                           .part = part,
                           .bytes = bytes->size(),
                           .modified_ns = (*info)->modified_ns};
        left.fresh = now_.value() - left.modified_ns / 1'000'000 < log::kQuietMs;
        left.records = finder_.find(*bytes, ByteOffset(0));
        left.lost_lines = count_lost_lines(*bytes, ByteOffset(0), left.records);
        facts_.temporaries.push_back(std::move(left));
    }

private:
    const LedgerDir& dir_;
    const TimestampMs now_;
    RepairFacts& facts_;
    BuriedRecordFinder finder_;
};

}  // namespace

Status look_into_left_files(const LedgerDir& dir, TimestampMs now, RepairFacts& facts) {
    LeftFilesLook look(dir, now, facts);
    RETURN_IF_ERROR(look.look_into_torn());
    RETURN_IF_ERROR(look.look_into_quarantine());
    return look.look_into_temporaries();
}

}  // namespace daybook::ledger
