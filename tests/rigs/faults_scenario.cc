#include "faults_scenario.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "base/limits.h"
#include "daybook/ledger.h"
#include "ledger/sealer.h"
#include "ledger/verify.h"
#include "log/follow.h"
#include "log/scan.h"
#include "log/test_support.h"
#include "os/file.h"

namespace daybook::testing {
namespace {

constexpr std::int64_t kSecondMs = 1'000;
constexpr TimestampMs kMidnight((log::kToday.value() + 1) * kDayMs);
constexpr TimestampMs kLastMoment(kMidnight.value() - 1);
// The day turns a little after the scenarios begin.
constexpr TimestampMs kEvening(kMidnight.value() - 5 * kSecondMs);

void nothing(FaultyLog&) {}

// All three durabilities, a batch over midnight, the turn of the day, and a second writer.
void write(FaultyLog& log) {
    log.open();
    log.append(1, Durability::kProcess);
    log.append(3, Durability::kProcess);
    log.append(1, Durability::kPower);
    log.append(2, Durability::kBuffered);
    log.append(1, Durability::kBuffered);
    log.pass_ms(60);
    log.append(2, Durability::kBuffered);
    log.append(2, Durability::kPower);
    log.append(1, Durability::kBuffered);
    log.flush();
    log.append(1, Durability::kProcess);
    log.pass_ms(2 * kSecondMs);
    log.append(2, Durability::kPower, kLastMoment);
    log.append(1, Durability::kProcess, kMidnight);
    log.pass_ms(10 * kSecondMs);
    log.append(2, Durability::kProcess);
    log.sync();
    log.pass_ms(100 * kSecondMs);
    log.pass_ms(100 * kSecondMs);
    log.append(1, Durability::kBuffered);
    log.close();
    log.open();
    log.append(1, Durability::kProcess);
    log.append(1, Durability::kPower);
    log.append(1, Durability::kBuffered);
    log.close();
}

void reopen(FaultyLog& log) {
    for (int i = 0; i < 2; ++i) {
        log.open();
        log.append(2, Durability::kProcess);
        log.append(1, Durability::kBuffered);
        log.append(1, Durability::kPower);
        log.sync();
        log.close();
    }
}

void add_bytes(FaultyLog& log, std::string_view bytes) {
    const std::vector<log::PartInfo> parts = log::list_parts(log.layout()).value();
    const std::string path = log.layout().part_path(parts.front().id);
    const os::UniqueFd fd = os::open_fd(path, O_WRONLY | O_APPEND).value();
    DAYBOOK_CHECK(!os::write_all(fd.get(), bytes, path).error);
}

void tear(FaultyLog& log) {
    log.open();
    log.append(2, Durability::kProcess);
    log.close();
    add_bytes(log, R"({"event_type":"t","event_id":"half)");
}

// Saved evidence is in the way of the next torn tail at the same place.
void tear_twice(FaultyLog& log) {
    tear(log);
    const log::PartInfo part = log::list_parts(log.layout()).value().front();
    DAYBOOK_CHECK(os::make_dirs(log.layout().torn_dir()).has_value());
    const ByteOffset whole(part.size.value() - std::string_view("half").size() - 30);
    DAYBOOK_CHECK(
        os::write_file_atomic(log.layout().torn_path(part.id, whole), "another").has_value());
}

// A part of holes, but for its last lines: the writer looks at no more, and it is quickly made.
void nearly_fill(FaultyLog& log) {
    const log::PartId part = log::part_of_today(1);
    DAYBOOK_CHECK(os::make_dirs(log.layout().day_dir(part.day)).has_value());
    const std::string path = log.layout().part_path(part);
    const os::UniqueFd fd = os::open_fd(path, O_RDWR | O_CREAT | O_APPEND).value();
    std::string lines = "\n";  // Ends the holes.
    for (std::uint64_t seq = 1; seq <= 300; ++seq) lines += log::whole_line("before", seq, 0, 300);
    const ByteOffset holes(kPartBytesMax - 3'000 - lines.size());
    DAYBOOK_CHECK(os::truncate(fd.get(), holes, path).has_value());
    DAYBOOK_CHECK(!os::write_all(fd.get(), lines, path).error);
    log.beginnings()[part] = holes + lines.size();
}

void rotate(FaultyLog& log) {
    log.open();
    for (int i = 0; i < 4; ++i) log.append(1, Durability::kProcess, std::nullopt, 1'000);
    log.append(2, Durability::kPower);
    log.pass_ms(2 * kSecondMs);
    log.append(1, Durability::kProcess);
    log.close();
}

// Through the public API, from a directory that is not there to a second process's visit.
void use_ledger(FaultyLog& log) {
    for (int i = 0; i < 2; ++i) {
        Result<Ledger> ledger = Ledger::open(log.directory(), {.background = false});
        if (!ledger) {
            log.note_error(ledger.error());
            continue;
        }
        for (int k = 0; k < 3; ++k) {
            const std::string id = fmt::format("019be826-9000-70c5-853b-55964736{}{:03}", i, k);
            log.told().attempted.insert(id);
            const Result<Ack> ack = ledger->emit_json(
                fmt::format(R"({{"event_type":"run.tagged","event_id":"{}","run_id":"r",)"
                            R"("timestamp_ms":{},"tags":{{}}}})",
                            id, log.now().value()));
            if (ack) {
                log.note_accepted(ack->event_id, ack->durability);
            } else {
                log.note_error(ack.error());
            }
        }
        if (const Status synced = ledger->sync(); !synced) log.note_error(synced.error());
    }
}

void write_undisturbed(FaultyLog& log) {
    write(log);
    add_bytes(log, "torn");
}

// Readers answer with an error or with the truth, whatever fails.
void read(FaultyLog& log) {
    const std::size_t events = log.told().accepted.size();
    std::size_t followed = 0;
    Result<log::Follower> follower =
        log::Follower::open(log.layout(), log::Follower::Start::kBeginning);
    const Status polled = follower ? follower->poll([&](const log::PartId&, const log::Line& line) {
        followed += line.kind == log::LineKind::kOurs ? std::size_t{1} : 0;
        return true;
    })
                                   : Status(daybook::fail(follower.error()));
    if (!polled) log.note_error(polled.error());
    if (polled && followed != events) {
        log.told().untrue.push_back(fmt::format("{} of {} lines were read", followed, events));
    }

    const Result<ledger::VerifyReport> report = ledger::verify(ledger::LedgerDir(log.directory()));
    if (!report) log.note_error(report.error());
    if (report && (report->events != events || !report->clean())) {
        log.told().untrue.push_back(fmt::format("verify: {} of {} events, {} problems",
                                                report->events, events, report->problems));
    }
}

// ledger.json is what makes the directory a ledger.
void make_readable(FaultyLog& log) {
    DAYBOOK_CHECK(Ledger::open(log.directory(), {.background = false}).has_value());
    write_undisturbed(log);
}

// Two days whose parts can no longer grow, one of them with a torn tail.
void make_sealable(FaultyLog& log) {
    make_readable(log);
    log.pass_ms(2 * kDayMs);
}

void seal(FaultyLog& log) {
    for (int i = 0; i < 2; ++i) {
        const auto report =
            ledger::seal_parts(ledger::LedgerDir(log.directory()), {.clock = &log.clock()});
        if (!report) log.note_error(report.error());
    }
}

constexpr std::array kScenarios = {
    Scenario{"write", nothing, write},
    Scenario{"torn tail", tear, reopen},
    Scenario{"torn there before", tear_twice, reopen},
    Scenario{"full part", nearly_fill, rotate},
    Scenario{"ledger", nothing, use_ledger},
    Scenario{"read", make_readable, read},
    Scenario{"seal", make_sealable, seal},
};

constexpr Scenario kRecovery{"recovery", nothing, reopen};
constexpr Scenario kDisorder{"disorder", nothing, write};

}  // namespace

std::span<const Scenario> scenarios() { return kScenarios; }
const Scenario& recovery() { return kRecovery; }
const Scenario& disorder() { return kDisorder; }

FaultyLog::FaultyLog(const std::string& directory) : layout_(directory), clock_(kEvening) {}

void FaultyLog::open() {
    // Twice: who fails once comes again.
    for (int i = 0; i < 2 && writer_ == nullptr; ++i) {
        auto writer = log::Writer::open(layout_, {.clock = &clock_, .background = false});
        if (writer) {
            writer_ = std::move(*writer);
        } else {
            note_error(writer.error());
        }
    }
}

void FaultyLog::append(int count, Durability durability, std::optional<TimestampMs> time,
                       std::size_t bytes) {
    if (writer_ == nullptr) return;
    std::vector<std::string> ids;
    std::vector<std::string> texts;
    for (int i = 0; i < count; ++i) {
        ids.push_back(fmt::format("e{}", next_++));
        texts.push_back(log::draft_text(ids.back(), bytes));
        told_.attempted.insert(ids.back());
    }
    std::vector<log::Draft> drafts;
    for (std::string& text : texts) drafts.push_back({.text = std::span(text), .timestamp = time});
    log::TimeStamper stamper;
    const log::AppendOutcome outcome = writer_->append(drafts, durability, stamper);
    DAYBOOK_CHECK(outcome.error || outcome.accepted == drafts.size());
    if (outcome.error) note_error(*outcome.error);
    // Lines that were buffered are written before any others are.
    if (outcome.accepted > 0 && durability != Durability::kBuffered) settle_buffered();
    for (std::size_t i = 0; i < outcome.accepted; ++i) note_accepted(ids[i], durability);
}

void FaultyLog::close() {
    writer_.reset();
    // What waits is written at the end, but whether that worked nobody is told.
    if (table_ != nullptr && table_->hit()) told_.buffered.clear();
    settle_buffered();
}

void FaultyLog::flush() {
    if (writer_ == nullptr) return;
    const Status flushed = writer_->flush();
    if (flushed) return settle_buffered();
    note_error(flushed.error());
}

void FaultyLog::sync() {
    if (writer_ == nullptr) return;
    const Status synced = writer_->sync();
    if (synced) return settle_buffered();
    note_error(synced.error());
}

void FaultyLog::pass_ms(std::int64_t ms) {
    clock_.advance_ms(ms);
    if (writer_ != nullptr) writer_->maintain();
}

void FaultyLog::note_error(const Error& error) { told_.errors.push_back(error.message()); }

void FaultyLog::note_accepted(std::string id, Durability durability) {
    if (durability == Durability::kBuffered) {
        told_.buffered.push_back(std::move(id));
        return;
    }
    const bool power = durability == Durability::kPower && table_ != nullptr;
    told_.accepted.push_back({std::move(id), power ? table_->durable() : nullptr});
}

void FaultyLog::settle_buffered() {
    for (std::string& id : std::exchange(told_.buffered, {})) {
        told_.accepted.push_back({std::move(id), nullptr});
    }
}

}  // namespace daybook::testing
