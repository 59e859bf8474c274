#include "rigs/fulldisk_case.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"
#include "daybook/ledger.h"
#include "ledger/ledger_dir.h"
#include "ledger/verify.h"
#include "log/scan.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

constexpr std::size_t kPartBytesReadMax = std::size_t{64} << 20;
// More than fits on the disk by far.
constexpr int kFillingMax = 100'000;
constexpr int kWhileFull = 30;
constexpr int kAfterwards = 40;

// An event, and what its writer was told.
struct Told {
    std::string name;
    Durability durability = Durability::kProcess;
    std::string event_id{};          // if it was acknowledged, or accepted
    std::optional<Error> refusal{};  // else
};

// What one thread records, one event after the other.
class Recorder {
public:
    Recorder(int number, std::uint64_t seed, bool has_power)
        : number_(number), random_(seed), has_power_(has_power) {}

    void record(Ledger& ledger) {
        Told told{.name = fmt::format("t{}-{}", number_, told_.size()), .durability = durability()};
        const Result<Ack> ack = ledger.emit_json(event(told.name), told.durability);
        if (ack) {
            told.event_id = ack->event_id;
        } else {
            told.refusal = ack.error();
        }
        told_.push_back(std::move(told));
    }
    const std::vector<Told>& told() const { return told_; }
    bool last_was_refused() const { return !told_.empty() && told_.back().refusal.has_value(); }

private:
    Durability durability() {
        const std::uint64_t kind = random_.next() % 10;
        if (kind < 2 && has_power_) return Durability::kPower;
        return kind < 4 ? Durability::kBuffered : Durability::kProcess;
    }
    std::string event(const std::string& name) {
        const std::uint64_t kind = random_.next() % 40;
        const std::uint64_t padding = kind == 0  ? 20'000 + random_.next() % 90'000
                                      : kind < 5 ? 2'000 + random_.next() % 6'000
                                                 : random_.next() % 500;
        return fmt::format(
            R"({{"event_type":"trial.recorded","run_id":"r","trial_id":"{}","params":{{}},)"
            R"("metrics":{{}},"padding":"{}"}})",
            name, std::string(padding, 'p'));
    }

    int number_;
    SeededRandom random_;
    bool has_power_;
    std::vector<Told> told_;
};

// The value of a text field of a line; empty if it has none.
std::string field_of(std::string_view line, std::string_view field) {
    const std::string key = fmt::format("\"{}\":\"", field);
    const std::size_t at = line.find(key);
    if (at == std::string_view::npos) return "";
    const std::string_view rest = line.substr(at + key.size());
    return std::string(rest.substr(0, rest.find('"')));
}

class FullDiskCase {
public:
    FullDiskCase(SmallDisk& disk, const FullDiskPlan& plan)
        : disk_(disk), plan_(plan), dir_(disk.directory() + "/ledger") {
        for (int i = 0; i < plan.threads; ++i) {
            recorders_.emplace_back(i, plan.seed + static_cast<std::uint64_t>(i) * 1'000'003,
                                    disk.kind() != DiskKind::kTmpfs);
        }
    }

    Result<FullDiskOutcome> run() {
        {
            ASSIGN_OR_RETURN(Ledger ledger, Ledger::open(dir_.root()));
            ASSIGN_OR_RETURN(Run run,
                             ledger.start_run({.type = "full_disk", .capture = Capture::kNone}));
            RETURN_IF_ERROR(disk_.leave_room(plan_.room_bytes));
            fill(ledger);
            in_all_threads([&](Recorder& recorder) {
                for (int i = 0; i < kWhileFull; ++i) recorder.record(ledger);
            });
            RETURN_IF_ERROR(end_run(run));
            RETURN_IF_ERROR(disk_.make_room());
            record_with_room(ledger);
        }
        RETURN_IF_ERROR(record_again());
        RETURN_IF_ERROR(read_back());
        compare();
        RETURN_IF_ERROR(verify());
        return std::move(outcome_);
    }

private:
    template <typename... Args>
    void problem(fmt::format_string<Args...> format, Args&&... args) {
        outcome_.problems.push_back(fmt::format(format, std::forward<Args>(args)...));
    }

    template <typename Body>
    void in_all_threads(Body body) {
        std::vector<std::thread> threads;
        for (Recorder& recorder : recorders_) threads.emplace_back([&] { body(recorder); });
        for (std::thread& thread : threads) thread.join();
    }

    void fill(Ledger& ledger) {
        in_all_threads([&](Recorder& recorder) {
            for (int i = 0; i < kFillingMax && !recorder.last_was_refused(); ++i) {
                recorder.record(ledger);
            }
        });
        for (const Recorder& recorder : recorders_) {
            if (!recorder.last_was_refused()) problem("a thread never met the full disk");
        }
    }

    // A run must be able to end, if the ledger holds room for that in reserve.
    Status end_run(Run& run) {
        ASSIGN_OR_RETURN(const bool reserve, os::exists(dir_.layout().events_dir() + "/_reserve"));
        const Status status = run.fail("the disk is full");
        if (status) {
            run_that_ended_ = run.id();
            ++outcome_.runs_that_ended;
        } else if (reserve && disk_.kind() != DiskKind::kSizeLimit) {
            problem("run.failed was refused, though there is events/_reserve: {}",
                    status.error().message());
        }
        return {};
    }

    // The same ledger goes on as if nothing had been.
    void record_with_room(Ledger& ledger) {
        in_all_threads([&](Recorder& recorder) {
            for (int i = 0; i < kAfterwards; ++i) recorder.record(ledger);
        });
        for (const Recorder& recorder : recorders_) {
            const std::vector<Told>& told = recorder.told();
            for (auto at = told.end() - kAfterwards; at != told.end(); ++at) {
                if (at->refusal) {
                    problem("{} was refused, though there is room again: {}", at->name,
                            at->refusal->message());
                }
            }
        }
        if (const Status status = ledger.flush(); !status) {
            problem("flush, with room again: {}", status.error().message());
        }
        // The first may tell of a sync that failed in the background while the disk was full.
        first_sync_ = ledger.sync();
        if (const Status status = ledger.sync(); !status) {
            problem("sync, with room again: {}", status.error().message());
        }
    }

    Status record_again() {
        ASSIGN_OR_RETURN(Ledger ledger, Ledger::open(dir_.root()));
        recorders_.front().record(ledger);
        if (recorders_.front().last_was_refused()) {
            problem("a new ledger was refused: {}",
                    recorders_.front().told().back().refusal->message());
        }
        return ledger.flush();
    }

    // Whole lines of ours only.
    Status read_back() {
        ASSIGN_OR_RETURN(const std::vector<log::PartInfo> parts, log::list_parts(dir_.layout()));
        for (const log::PartInfo& part : parts) {
            if (part.bad) ++outcome_.failed_syncs;
            ASSIGN_OR_RETURN(const std::string bytes,
                             os::read_file(dir_.layout().part_path(part.id), kPartBytesReadMax));
            log::Scanner scanner(bytes, ByteOffset(0));
            while (const std::optional<log::Line> line = scanner.next()) {
                if (line->kind != log::LineKind::kOurs) {
                    problem("{} at {}: {}", log::to_string(part.id), line->offset.value(),
                            log::to_string(line->damage));
                }
                const std::string name = field_of(line->body, "trial_id");
                if (!name.empty()) found_[name].push_back(field_of(line->body, "event_id"));
                if (field_of(line->body, "event_type") == "run.failed") {
                    failed_runs_.push_back(field_of(line->body, "run_id"));
                }
            }
            if (!scanner.rest().empty()) {
                problem("{}: it ends with {} bytes that are no line", log::to_string(part.id),
                        scanner.rest().size());
            }
        }
        return {};
    }

    void compare() {
        for (const Recorder& recorder : recorders_) {
            for (const Told& told : recorder.told()) compare(told);
        }
        for (const auto& [name, ids] : found_) problem("{} is there, and nobody wrote it", name);
        if (!first_sync_ && outcome_.failed_syncs == 0) {
            problem("sync, with room again: {}", first_sync_.error().message());
        }
        if (run_that_ended_ && std::ranges::count(failed_runs_, *run_that_ended_) != 1) {
            problem("run.failed was acknowledged, and is not there once");
        }
    }

    void compare(const Told& told) {
        const auto found = found_.find(told.name);
        const std::vector<std::string> ids =
            found == found_.end() ? std::vector<std::string>() : std::move(found->second);
        if (found != found_.end()) found_.erase(found);
        if (!told.refusal) {
            ++outcome_.acknowledged;
            // What a failed sync has left in doubt is written again: the same event.
            const std::size_t copies_max = outcome_.failed_syncs == 0 ? 1 : 2;
            const auto same = static_cast<std::size_t>(std::ranges::count(ids, told.event_id));
            if (same != ids.size() || same < 1 || same > copies_max) {
                problem("{}, acknowledged at {}, is there {} times", told.name,
                        to_string(told.durability), ids.size());
            }
            return;
        }
        ++outcome_.refused;
        if (told.refusal->code() != ErrorCode::kNoSpace && outcome_.failed_syncs == 0) {
            problem("{} was refused, and not for want of room: {}", told.name,
                    told.refusal->message());
        }
        if (ids.empty()) return;
        ++outcome_.refused_but_there;
        if (told.durability != Durability::kPower || outcome_.failed_syncs == 0) {
            problem("{}, refused at {}, is there: {}", told.name, to_string(told.durability),
                    told.refusal->message());
        }
    }

    Status verify() {
        ASSIGN_OR_RETURN(const ledger::VerifyReport report, ledger::verify(dir_));
        for (const ledger::VerifyFinding& finding : report.findings) {
            if (finding.kind == "sync_failed" && outcome_.failed_syncs > 0) continue;
            problem("verify: {} at {}: {}: {}", finding.part, finding.offset, finding.kind,
                    finding.detail);
        }
        return {};
    }

    SmallDisk& disk_;
    const FullDiskPlan& plan_;
    const ledger::LedgerDir dir_;
    std::vector<Recorder> recorders_;
    Status first_sync_;
    std::optional<std::string> run_that_ended_;
    std::map<std::string, std::vector<std::string>> found_;  // event ids, by name
    std::vector<std::string> failed_runs_;
    FullDiskOutcome outcome_;
};

}  // namespace

Result<FullDiskOutcome> record_on_full_disk(SmallDisk& disk, const FullDiskPlan& plan) {
    return FullDiskCase(disk, plan).run();
}

}  // namespace daybook::testing
