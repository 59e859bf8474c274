#include "selftest/faults.h"

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "json/envelope.h"
#include "ledger/event_log.h"
#include "ledger/verify.h"
#include "log/scan.h"
#include "os/file.h"
#include "os/syscalls.h"

namespace daybook::selftest {
namespace {

constexpr int kEvents = 4;

// A global, because the table of calls holds plain functions.
struct Order {
    std::string_view call;
    int left = 0;  // passages until it fails
    int error_number = 0;
    bool fired = false;
};
Order& order() {
    static Order the_order;
    return the_order;
}

bool is_due(std::string_view call) {
    Order& now = order();
    if (call != now.call || now.left == 0 || --now.left > 0) return false;
    now.fired = true;
    errno = now.error_number;
    return true;
}

const os::Syscalls& failing_table() {
    static const os::Syscalls the_table = [] {
        os::Syscalls table = os::kernel_syscalls();
        table.open = [](const char* path, int flags, mode_t mode) {
            return is_due("open") ? -1 : os::kernel_syscalls().open(path, flags, mode);
        };
        table.write = [](int fd, const void* bytes, std::size_t count) {
            return is_due("write") ? -1 : os::kernel_syscalls().write(fd, bytes, count);
        };
        table.fdatasync = [](int fd) {
            return is_due("fdatasync") ? -1 : os::kernel_syscalls().fdatasync(fd);
        };
        table.fsync = [](int fd) { return is_due("fsync") ? -1 : os::kernel_syscalls().fsync(fd); };
        table.rename = [](const char* from, const char* to) {
            return is_due("rename") ? -1 : os::kernel_syscalls().rename(from, to);
        };
        table.ftruncate = [](int fd, off_t size) {
            return is_due("ftruncate") ? -1 : os::kernel_syscalls().ftruncate(fd, size);
        };
        table.mkdir = [](const char* path, mode_t mode) {
            return is_due("mkdir") ? -1 : os::kernel_syscalls().mkdir(path, mode);
        };
        return table;
    }();
    return the_table;
}

// Records events, and returns the ids of those that were acknowledged.
std::set<std::string> record(const std::string& dir) {
    std::set<std::string> acknowledged;
    // Without a background thread, so that nobody is inside a call when the table changes.
    const auto log = ledger::EventLog::open(ledger::LedgerDir(dir), {.background = false});
    if (!log) return acknowledged;
    for (int step = 0; step < kEvents; ++step) {
        // Every other one at the strongest that can be had here.
        const auto receipt =
            step % 2 == 0
                ? (*log)->emit("selftest",
                               event::MetricRecorded{.metrics = {{"loss", 0.5}}, .step = step})
                : (*log)->emit("selftest",
                               event::RunCompleted{.summary = {}, .artifact_paths = {}});
        if (receipt) acknowledged.insert(receipt->event_id.to_string());
    }
    return acknowledged;
}

Result<std::set<std::string>> recorded_ids(const log::Layout& layout) {
    std::set<std::string> ids;
    json::EnvelopeReader envelopes;
    ASSIGN_OR_RETURN(const auto parts, log::list_parts(layout));
    for (const log::PartInfo& part : parts) {
        ASSIGN_OR_RETURN(log::PartReader reader, log::PartReader::open(layout, part.id));
        while (true) {
            ASSIGN_OR_RETURN(const std::optional<log::Line> line, reader.next());
            if (!line) break;
            const auto envelope = envelopes.read(line->text);
            if (line->kind == log::LineKind::kOurs && envelope) ids.emplace(envelope->event_id);
        }
    }
    return ids;
}

}  // namespace

Result<FaultOutcome> try_fault(const std::string& dir, const Fault& fault) {
    std::set<std::string> acknowledged;
    order() = {.call = fault.call, .left = fault.nth, .error_number = fault.error_number};
    {
        const os::ScopedSyscalls in_force(failing_table());
        acknowledged = record(dir);
    }
    FaultOutcome outcome{.fired = order().fired,
                         .acknowledged = static_cast<int>(acknowledged.size())};
    const ledger::LedgerDir ledger(dir);
    ASSIGN_OR_RETURN(const std::set<std::string> there, recorded_ids(ledger.layout()));
    for (const std::string& id : acknowledged) {
        if (!there.contains(id)) outcome.problem = "event " + id + " was acknowledged and is lost";
    }
    ASSIGN_OR_RETURN(const bool begun, os::exists(ledger.layout().events_dir()));
    if (!begun) return outcome;
    ASSIGN_OR_RETURN(const ledger::VerifyReport report, ledger::verify(ledger));
    for (const ledger::VerifyFinding& finding : report.findings) {
        // That a sync failed is what was asked for, and is said.
        if (finding.problem && finding.kind != "sync_failed") outcome.problem = finding.detail;
    }
    return outcome;
}

Result<Checks> run_faults(const StageContext& context) {
    constexpr std::array kCalls = {"open",   "write",     "fdatasync", "fsync",
                                   "rename", "ftruncate", "mkdir"};
    const Deadline deadline(context);
    std::uint64_t tried = 0;
    std::string problem;
    bool complete = true;
    for (const char* const call : kCalls) {
        for (const int error_number : {EIO, ENOSPC}) {
            for (int nth = 1;; ++nth) {
                complete = !deadline.passed();
                if (!complete) break;
                const std::string dir = os::join_path(context.dir, fmt::format("case-{}", tried));
                const Fault fault{.call = call, .nth = nth, .error_number = error_number};
                ASSIGN_OR_RETURN(const FaultOutcome outcome, try_fault(dir, fault));
                if (!outcome.fired) break;
                ++tried;
                if (!outcome.problem.empty()) {
                    problem = fmt::format("{} number {} failed with {}: {}", call, nth,
                                          error_number == EIO ? "EIO" : "ENOSPC", outcome.problem);
                }
                RETURN_IF_ERROR(os::remove_tree(dir));
                deadline.show();
            }
        }
    }
    const bool good = problem.empty() && tried > 0;
    if (tried == 0) problem = "there was no time to try any";
    std::string result =
        good ? fmt::format("{} failing calls{}: nothing was acknowledged that is not there", tried,
                           complete ? "" : ", not all that there are")
             : problem;
    return Checks{{.stage = "faults",
                   .name = "failing calls",
                   .result = std::move(result),
                   .verdict = good ? Verdict::kGood : Verdict::kBad,
                   .value = static_cast<double>(tried)}};
}

}  // namespace daybook::selftest
