#include "legacy/source_copy.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/stop_relay.h"
#include "base/text.h"
#include "duck/database.h"
#include "index/publish.h"
#include "os/copy.h"
#include "os/file.h"
#include "os/kill_point.h"
#include "os/lock.h"
#include "os/process_look.h"

namespace daybook::legacy {
namespace {

// The kernel's clock for files goes in steps of up to this: two changes within one look like one.
constexpr std::chrono::milliseconds kFileClockStep(20);
// That of file systems that keep whole seconds, and no more.
constexpr std::chrono::milliseconds kCoarseClockStep(2'000);
constexpr std::int64_t kNsPerSecond = 1'000'000'000;
constexpr int kPauseMsMax = 100;
// A copy is checked, not queried: it need not be fast.
duck::DatabaseOptions check_options() {
    return {.threads = 1, .memory_bytes_max = std::uint64_t{1} << 30};
}

// The logs that a newer DuckDB (2.0) has beside the usual one: what is committed while it
// checkpoints goes to the first, and a recovery makes the second.  Whoever dies then leaves rows in
// them that no copy of file and log has.
constexpr std::array<const char*, 2> kSecondLogs = {".wal.checkpoint", ".wal.recovery"};

// The file and its write-ahead logs, as they are at one moment.
struct Look {
    os::FileInfo file;
    std::optional<os::FileInfo> wal{};
    std::string wal_path{};
    std::optional<os::FileInfo> second_log{};
    std::string second_log_path{};
};

std::string state_of(const os::FileInfo& info) {
    return fmt::format("{}:{}:{}:{}:{}", info.identity.device, info.identity.inode,
                       info.size.value(), info.modified_ns, info.changed_ns);
}

std::string version_of(const Look& look) {
    std::string version = state_of(look.file);
    if (look.wal) version += "+" + state_of(*look.wal);
    if (look.second_log) version += "+" + state_of(*look.second_log);
    return version;
}

std::uint64_t bytes_of(const Look& look) {
    return look.file.size.value() + (look.wal ? look.wal->size.value() : 0);
}

Status expect_ordinary(const os::FileInfo& info, const std::string& path) {
    if (info.is_regular) return {};
    return fail(ErrorCode::kInvalidArgument, "read {}: found a {}, expected a DuckDB file", path,
                info.is_directory ? "directory" : "device or pipe");
}

// DuckDB puts the logs beside the name by which the file was opened.
Status find_logs(const std::string& path, Look& look) {
    for (const std::string& name : {path, os::canonical_path(path)}) {
        if (!look.wal) {
            look.wal_path = name + ".wal";
            ASSIGN_OR_RETURN(look.wal, os::file_info(look.wal_path));
        }
        for (const char* extension : kSecondLogs) {
            if (look.second_log) break;
            look.second_log_path = name + extension;
            ASSIGN_OR_RETURN(look.second_log, os::file_info(look.second_log_path));
        }
    }
    return {};
}

Result<Look> look_at(const std::string& path) {
    ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
    if (!info) return fail(ErrorCode::kNotFound, "read {}: there is no such file", path);
    RETURN_IF_ERROR(expect_ordinary(*info, path));
    Look look{.file = *info};
    RETURN_IF_ERROR(find_logs(path, look));
    return look;
}

std::string process_text(std::int64_t pid) {
    if (pid == 0) return "a process that cannot be seen from here";
    const std::string name = os::process_name(pid);
    return name.empty() ? fmt::format("pid {}", pid)
                        : fmt::format("pid {} ({})", pid, printable(name, 64));
}

// kBusy: somebody holds the file that `fd` has open for writing.
Status expect_free(int fd, const std::string& path) {
    ASSIGN_OR_RETURN(const std::optional<std::int64_t> holder, os::write_lock_holder(fd, path));
    if (!holder) return {};
    return fail(ErrorCode::kBusy, "copy {}: {} has it open for writing", path,
                process_text(*holder));
}

tl::unexpected<Error> changed(const std::string& path) {
    return fail(ErrorCode::kBusy, "copy {}: it was written to or replaced meanwhile", path);
}

// Whether the times of `info` show no part of a second: its file system may not keep any.
bool is_coarse(const os::FileInfo& info) {
    return info.changed_ns % kNsPerSecond == 0 && info.modified_ns % kNsPerSecond == 0;
}

// What `fd`, which is `path`, and its logs are like.  A change within one step of the files' clock
// after the last one would leave the same times: a step is waited for, so that whatever changes
// from now on is seen.  How old the last change is does not count: the clock of the machine that
// has the file may be ahead of this one's, or behind.
Result<Look> look_at_rest(int fd, const std::string& path) {
    const auto look_once = [&]() -> Result<Look> {
        Look look;
        ASSIGN_OR_RETURN(look.file, os::file_info(fd, path));
        RETURN_IF_ERROR(expect_ordinary(look.file, path));
        RETURN_IF_ERROR(find_logs(path, look));
        return look;
    };
    ASSIGN_OR_RETURN(Look look, look_once());
    const bool coarse = is_coarse(look.file) || (look.wal && is_coarse(*look.wal));
    std::this_thread::sleep_for(coarse ? kCoarseClockStep : kFileClockStep);
    ASSIGN_OR_RETURN(const Look again, look_once());
    if (version_of(again) != version_of(look)) return changed(path);
    return look;
}

// kBusy: there is a log that a copy of file and log would lack.
Status expect_no_second_log(const Look& look, const std::string& path) {
    if (!look.second_log) return {};
    return fail(ErrorCode::kBusy,
                "copy {}: a newer DuckDB has ended in the middle of a checkpoint, and left rows in "
                "{}; with that DuckDB open the file for writing once, and close it",
                path, look.second_log_path);
}

Status copy_wal(const Look& look, const std::string& path, const std::string& target,
                const os::KeepOn& keep_on) {
    const std::string target_wal = target + ".wal";
    RETURN_IF_ERROR(os::remove_file(target_wal));
    if (!look.wal) return {};
    Status copied = os::copy_file(look.wal_path, target_wal, 0644, keep_on);
    if (!copied && copied.error().code() == ErrorCode::kNotFound) return changed(path);
    return copied;
}

// One attempt: the bytes of both files, as they were at one moment.
Result<Look> copy_bytes(const std::string& path, const std::string& target,
                        const os::KeepOn& keep_on) {
    RETURN_IF_ERROR(look_at(path));  // To open a pipe would be to wait for its writer.
    ASSIGN_OR_RETURN(const os::UniqueFd source, os::open_fd(path, O_RDONLY));
    RETURN_IF_ERROR(expect_free(source.get(), path));
    ASSIGN_OR_RETURN(Look before, look_at_rest(source.get(), path));
    RETURN_IF_ERROR(expect_free(source.get(), path));
    // Behind the locks: an owner who lives has it too, while he checkpoints.
    RETURN_IF_ERROR(expect_no_second_log(before, path));

    RETURN_IF_ERROR(os::remove_file(target));
    const Status copied = os::copy_open_file(source.get(), path, target, 0644, keep_on);
    const Status wal_copied = copied ? copy_wal(before, path, target, keep_on) : Status();
    for (const Status* const step : {&copied, &wal_copied}) {
        const bool is_stopped = !*step && step->error().code() == ErrorCode::kCancelled;
        if (is_stopped) return fail(step->error());
    }
    RETURN_IF_ERROR(expect_free(source.get(), path));
    const Result<Look> after = look_at(path);
    if (!after || version_of(*after) != version_of(before)) return changed(path);
    RETURN_IF_ERROR(copied);
    RETURN_IF_ERROR(wal_copied);
    return before;
}

// `waited_ms`: until the last attempt began.
Result<Look> copy_bytes_patiently(const std::string& path, const std::string& target,
                                  const CopyOptions& options, std::int64_t& waited_ms) {
    const std::int64_t begun_ns = options.clock->monotonic_ns();
    const std::int64_t deadline_ns = begun_ns + std::int64_t{options.wait_ms} * 1'000'000;
    int pause_ms = 1;
    while (true) {
        waited_ms = (options.clock->monotonic_ns() - begun_ns) / 1'000'000;
        Result<Look> copied = copy_bytes(path, target, options.keep_on);
        if (copied || copied.error().code() != ErrorCode::kBusy) return copied;
        if (options.keep_on && !options.keep_on()) {
            return fail(ErrorCode::kCancelled, "copy {}: stopped", path);
        }
        if (options.clock->monotonic_ns() >= deadline_ns) return copied;
        std::this_thread::sleep_for(std::chrono::milliseconds(pause_ms));
        pause_ms = std::min(pause_ms * 2, kPauseMsMax);
    }
}

Status hash_into(Sha256& hash, const std::string& path, const os::KeepOn& keep_on) {
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    std::string block(std::size_t{1} << 20, '\0');
    for (ByteOffset offset(0);;) {
        if (keep_on && !keep_on()) return fail(ErrorCode::kCancelled, "hash {}: stopped", path);
        ASSIGN_OR_RETURN(const std::size_t got, os::read_at(fd.get(), offset, block, path));
        hash.update(std::string_view(block.data(), got));
        if (got < block.size()) return {};
        offset += got;
    }
}

// The DuckDB that wrote the file, as its head says: "v2.0.1"; empty where it does not.
std::string writer_of(const std::string& copy) {
    constexpr ByteOffset kVersionOffset(52);
    std::array<char, 16> bytes{};
    const Result<os::UniqueFd> fd = os::open_fd(copy, O_RDONLY);
    if (!fd || !os::read_at(fd->get(), kVersionOffset, bytes, copy)) return "";
    const std::string text(bytes.data(), bytes.size());
    const std::string version = text.substr(0, text.find('\0'));
    return version.starts_with('v') ? printable(version, bytes.size()) : "";
}

// What DuckDB says of a file that it cannot open, with what to do.
Error not_opened(const Error& error, const std::string& path, const std::string& copy) {
    if (error.message().find("encrypted database") != std::string::npos) {
        return Error(
            ErrorCode::kUnsupported,
            fmt::format("read a copy of {0}: it is encrypted; make one that is not, with DuckDB: "
                        "ATTACH '{0}' AS o (ENCRYPTION_KEY '…'); ATTACH 'plain.duckdb' AS p; COPY "
                        "FROM DATABASE o TO p",
                        path));
    }
    if (error.message().find("version number") == std::string::npos) {
        // The device gave what it had: it is the file that is not as DuckDB writes one.
        const bool is_damaged = error.message().find("Corrupt database") != std::string::npos;
        return Error(is_damaged ? ErrorCode::kCorrupt : error.code(),
                     fmt::format("read a copy of {}: {}", path, error.message()));
    }
    const std::string writer = writer_of(copy);
    return Error(
        ErrorCode::kUnsupported,
        fmt::format(
            "read a copy of {}: {} wrote it in a storage version that this program does not "
            "know ({}); copy its tables with that DuckDB: ATTACH 'for-daybook.duckdb' AS x "
            "(STORAGE_VERSION 'v1.4.0'); COPY FROM DATABASE <its name> TO x",
            path, writer.empty() ? "another DuckDB" : "DuckDB " + writer,
            error.message().substr(0, error.message().find('\n'))));
}

// Opens the copy once: for writing if there is a log to replay, whose rows are then in the file.
Status settle(const std::string& path, const std::string& target, bool has_wal,
              const os::KeepOn& keep_on) {
    duck::DatabaseOptions options = check_options();
    options.read_only = !has_wal;
    options.temp_directory = target + ".tmp";
    const auto open = [&]() -> Status {
        ASSIGN_OR_RETURN(duck::Database database, duck::Database::open(target, options));
        ASSIGN_OR_RETURN(duck::Connection connection, database.connect());
        const StopRelay relay(keep_on, [&connection] { connection.interrupt(); });
        return connection.execute(has_wal ? "CHECKPOINT" : "SELECT count(*) FROM duckdb_tables()");
    };
    const Status opened = open();
    if (!opened) return fail(not_opened(opened.error(), path, target));
    ASSIGN_OR_RETURN(const bool wal_is_left, os::exists(target + ".wal"));
    if (wal_is_left) {
        return fail(ErrorCode::kCorrupt, "read a copy of {}: DuckDB left {}.wal behind", path,
                    target);
    }
    return {};
}

}  // namespace

Result<std::optional<std::string>> source_writer(const std::string& path) {
    RETURN_IF_ERROR(look_at(path));
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(path, O_RDONLY));
    ASSIGN_OR_RETURN(const std::optional<std::int64_t> pid, os::write_lock_holder(fd.get(), path));
    if (!pid) return std::nullopt;
    return process_text(*pid);
}

Result<SourceState> source_state(const std::string& path) {
    ASSIGN_OR_RETURN(const Look look, look_at(path));
    return SourceState{.version = version_of(look), .bytes = bytes_of(look)};
}

Result<std::string> source_version(const std::string& path) {
    ASSIGN_OR_RETURN(SourceState state, source_state(path));
    return std::move(state.version);
}

Result<SourceCopy> copy_source(const std::string& path, const std::string& target,
                               const CopyOptions& options) {
    std::int64_t waited_ms = 0;
    ASSIGN_OR_RETURN(const Look look, copy_bytes_patiently(path, target, options, waited_ms));
    os::kill_point(os::KillPoint::kLegacyCopied);
    SourceCopy copy{.version = version_of(look),
                    .bytes = bytes_of(look),
                    .had_wal = look.wal.has_value(),
                    .copied_at = options.clock->now(),
                    .waited_ms = waited_ms};
    ASSIGN_OR_RETURN(const std::string problem, index::snapshot_problem(target));
    if (!problem.empty()) return fail(ErrorCode::kCorrupt, "read {}: {}", path, problem);
    Sha256 hash;
    RETURN_IF_ERROR(hash_into(hash, target, options.keep_on));
    if (look.wal) RETURN_IF_ERROR(hash_into(hash, target + ".wal", options.keep_on));
    copy.sha256 = to_hex(hash.finish());
    RETURN_IF_ERROR(settle(path, target, look.wal.has_value(), options.keep_on));
    os::kill_point(os::KillPoint::kLegacyWalReplayed);
    ASSIGN_OR_RETURN(const os::UniqueFd fd, os::open_fd(target, O_RDONLY));
    RETURN_IF_ERROR(os::sync_data(fd.get(), target));
    return copy;
}

}  // namespace daybook::legacy
