// A ledger that grows for years: `count` events, a million a day, archived day by day, so that a
// hundred million fit into 20 GB: 20 GB of log become 5 GB of archives, and an index of 4 GB, which
// is there twice (the builder's and the published one).  With trials alone, and with nine numbers
// in each, the index alone would take 30.  What a day costs then is what it cost at first:
//
// - `daybook runs` answers within half a second;
// - an event is acknowledged as fast as in an empty ledger;
// - making the index anew takes as long for an event as it did with half of them, so it is linear;
// - the directory never takes more than its share of the 20 GB.

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "ledger/event_log.h"
#include "ledger/ledger_dir.h"
#include "os/child.h"
#include "os/file.h"
#include "support/event_generator.h"
#include "support/rig.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

constexpr std::uint64_t kEventsDefault = 300'000;
constexpr std::int64_t kDaysAtOnce = 5;
constexpr double kRunsMsMax = 500;
// Beyond the empty ledger's, as a factor and in microseconds: the same, on a machine that is busy.
constexpr double kEmitFactorMax = 1.5;
constexpr double kEmitUsMore = 50;
// The best of a few rebuilds, where they are short enough for a neighbour to spoil one.
constexpr double kRebuildFactorMax = 1.3;
constexpr std::int64_t kEventsToRepeatMax = 3'000'000;
constexpr int kRepeats = 3;
// 20 GB for a hundred million events; an index alone takes some, however small it is.
constexpr double kBytesPerEventMax = 200;
constexpr double kBytesMore = 200e6;

std::int64_t now_ns() { return system_clock().monotonic_ns(); }
double seconds_since(std::int64_t begun_ns) {
    return static_cast<double>(now_ns() - begun_ns) / 1e9;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

Result<std::uint64_t> bytes_below(const std::string& directory) {
    ASSIGN_OR_RETURN(const std::vector<os::DirEntry> entries, os::list_dir(directory));
    std::uint64_t bytes = 0;
    for (const os::DirEntry& entry : entries) {
        const std::string path = os::join_path(directory, entry.name);
        if (entry.is_directory) {
            ASSIGN_OR_RETURN(const std::uint64_t below, bytes_below(path));
            bytes += below;
            continue;
        }
        // runs.duckdb is another name of a generation.
        if (entry.name == "runs.duckdb") continue;
        ASSIGN_OR_RETURN(const std::optional<os::FileInfo> info, os::file_info(path));
        if (info) bytes += info->size.value();
    }
    return bytes;
}

class Growth {
public:
    Growth(Rig& rig, std::string root, std::string scratch)
        : rig_(rig), dir_(std::move(root)), scratch_(std::move(scratch)) {}

    Status run();

private:
    Status daybook(std::vector<std::string> arguments) const;
    // The median time of an acknowledgement, in microseconds.
    static Result<double> emit_us(const ledger::LedgerDir& dir);
    Status grow(std::int64_t events);
    Status look_at_disk();
    Result<double> rebuild_seconds(std::int64_t events) const;
    Result<double> runs_ms() const;
    Status expect_at_most(const char* what, double found, double most) const;

    Rig& rig_;
    ledger::LedgerDir dir_;
    std::string scratch_;
    std::int64_t events_per_day_ = std::clamp<std::int64_t>(
        static_cast<std::int64_t>(rig_.options().count) / 100, 20'000, 1'000'000);
    EventGenerator generator_{
        dir_.root(),
        {.seed = rig_.options().seed, .events_per_day = events_per_day_, .light = true}};
    std::uint64_t bytes_most_ = 0;
    double archive_seconds_ = 0;
    double log_bytes_ = 0;
};

Status Growth::daybook(std::vector<std::string> arguments) const {
    const std::string output = os::join_path(scratch_, "output");
    arguments.insert(arguments.begin(), DAYBOOK_PROGRAM);
    arguments.insert(arguments.end(), {"--ledger", dir_.root()});
    ASSIGN_OR_RETURN(os::Child child, os::Child::start(arguments, output));
    ASSIGN_OR_RETURN(const int code, child.wait());
    if (code == 0) return {};
    return fail(ErrorCode::kInternal, "daybook {} ended with {}: {}", arguments[1], code,
                os::read_file(output, std::size_t{1} << 20).value_or(""));
}

Result<double> Growth::emit_us(const ledger::LedgerDir& dir) {
    ASSIGN_OR_RETURN(const auto log, ledger::EventLog::open(dir));
    std::vector<double> times;
    for (int i = 0; i < 5'000; ++i) {
        const std::string id = fmt::format("t{}", i);
        const std::int64_t begun = now_ns();
        ASSIGN_OR_RETURN(
            const event::Receipt receipt,
            log->emit("growth", event::TrialRecorded{
                                    .trial_id = id, .params = {}, .metrics = {{"sharpe", 1.0}}}));
        (void)receipt;
        times.push_back(static_cast<double>(now_ns() - begun) / 1e3);
    }
    return median(std::move(times));
}

Status Growth::look_at_disk() {
    ASSIGN_OR_RETURN(const std::uint64_t bytes, bytes_below(dir_.root()));
    bytes_most_ = std::max(bytes_most_, bytes);
    return {};
}

Status Growth::grow(std::int64_t events) {
    for (std::int64_t made = 0; made < events; made += kDaysAtOnce * events_per_day_) {
        RETURN_IF_ERROR(generator_.write(std::min(kDaysAtOnce * events_per_day_, events - made)));
        RETURN_IF_ERROR(look_at_disk());
        ASSIGN_OR_RETURN(const std::uint64_t log_bytes, bytes_below(dir_.layout().events_dir()));
        log_bytes_ += static_cast<double>(log_bytes);
        RETURN_IF_ERROR(daybook({"seal"}));
        const std::int64_t begun = now_ns();
        RETURN_IF_ERROR(daybook({"archive", "--older-than", "1d"}));
        archive_seconds_ += seconds_since(begun);
        RETURN_IF_ERROR(look_at_disk());
        // A day later.
        RETURN_IF_ERROR(os::remove_tree(dir_.trash_dir()));
    }
    return {};
}

Result<double> Growth::rebuild_seconds(std::int64_t events) const {
    std::vector<double> times;
    for (int i = 0; i < (events > kEventsToRepeatMax ? 1 : kRepeats); ++i) {
        RETURN_IF_ERROR(os::remove_tree(dir_.index_dir()));
        const std::int64_t begun = now_ns();
        RETURN_IF_ERROR(daybook({"index"}));
        times.push_back(seconds_since(begun));
    }
    return *std::min_element(times.begin(), times.end());
}

Result<double> Growth::runs_ms() const {
    std::vector<double> times;
    for (int i = 0; i < 7; ++i) {
        const std::int64_t begun = now_ns();
        RETURN_IF_ERROR(daybook({"runs"}));
        times.push_back(seconds_since(begun) * 1e3);
    }
    return median(std::move(times));
}

Status Growth::expect_at_most(const char* what, double found, double most) const {
    if (found <= most) return {};
    return fail(ErrorCode::kInternal, "{}: {:.1f}, expected at most {:.1f}", what, found, most);
}

Status Growth::run() {
    // Whole days: what has been archived is not written to any more.
    const std::int64_t days = static_cast<std::int64_t>(rig_.options().count) / events_per_day_;
    const std::int64_t half = std::max<std::int64_t>(days / 2, 1) * events_per_day_;
    const std::int64_t events = std::max<std::int64_t>(days, 2) * events_per_day_;
    const ledger::LedgerDir empty(os::join_path(scratch_, "empty"));
    ASSIGN_OR_RETURN(const double empty_us, emit_us(empty));

    RETURN_IF_ERROR(grow(half));
    ASSIGN_OR_RETURN(const double half_s, rebuild_seconds(half));
    RETURN_IF_ERROR(look_at_disk());
    RETURN_IF_ERROR(os::remove_tree(dir_.index_dir()));
    RETURN_IF_ERROR(grow(events - half));
    ASSIGN_OR_RETURN(const double whole_s, rebuild_seconds(events));
    RETURN_IF_ERROR(look_at_disk());
    ASSIGN_OR_RETURN(const double runs, runs_ms());
    ASSIGN_OR_RETURN(const double grown_us, emit_us(dir_));

    rig_.note("archived MB/s", static_cast<std::uint64_t>(log_bytes_ / 1e6 / archive_seconds_));
    rig_.note("MB of log", static_cast<std::uint64_t>(log_bytes_ / 1e6));
    rig_.note("MB on disk at most", bytes_most_ / 1'000'000);
    rig_.note("ms of a rebuild", static_cast<std::uint64_t>(whole_s * 1e3));
    rig_.note("ms of runs", static_cast<std::uint64_t>(runs));
    rig_.note("ns of an emit", static_cast<std::uint64_t>(grown_us * 1e3));
    rig_.note("ns in an empty ledger", static_cast<std::uint64_t>(empty_us * 1e3));

    RETURN_IF_ERROR(expect_at_most("milliseconds of daybook runs", runs, kRunsMsMax));
    RETURN_IF_ERROR(expect_at_most("microseconds of an emit", grown_us,
                                   empty_us * kEmitFactorMax + kEmitUsMore));
    const double linear_s = half_s * static_cast<double>(events) / static_cast<double>(half);
    RETURN_IF_ERROR(expect_at_most("seconds of a rebuild", whole_s, linear_s * kRebuildFactorMax));
    return expect_at_most("bytes on disk", static_cast<double>(bytes_most_),
                          static_cast<double>(events) * kBytesPerEventMax + kBytesMore);
}

int run(int argc, char** argv) {
    Rig rig("growth", argc, argv, kEventsDefault);
    if (!rig.begin_case(0)) return rig.finish();
    const std::string& dir = rig.options().dir;
    const TempDir scratch(dir.empty() ? ::testing::TempDir() : dir + "/");
    const Status status = Growth(rig, scratch / "ledger", scratch.path()).run();
    if (!status) rig.fail(status.error().message());
    return rig.finish();
}

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::run(argc, argv); }
