// Threads of one process on one ledger for `count` seconds: writers of all durabilities, some who
// flush and sync, and followers.  Made for the build with ThreadSanitizer.

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "daybook/ledger.h"
#include "ledger/verify.h"
#include "log/follow.h"
#include "log/layout.h"
#include "support/rig.h"
#include "support/temp_dir.h"

namespace daybook::testing {
namespace {

constexpr int kWriters = 8;
constexpr int kFollowers = 3;
constexpr std::array kDurabilities = {Durability::kProcess, Durability::kBuffered,
                                      Durability::kProcess, Durability::kPower};

class ThreadsRig {
public:
    ThreadsRig(int argc, char** argv)
        : rig_("threads", argc, argv, 5),
          dir_(rig_.options().dir.empty() ? ::testing::TempDir() : rig_.options().dir + "/"),
          path_(dir_ / "ledger") {}

    int run() {
        (void)rig_.begin_case(0);
        {
            Result<Ledger> ledger = Ledger::open(path_);
            if (!ledger) {
                rig_.fail(ledger.error().message());
                return rig_.finish();
            }
            work(*ledger);
        }
        compare();
        return rig_.finish();
    }

private:
    void work(Ledger& ledger) {
        std::vector<std::thread> writers;
        for (int i = 0; i < kWriters; ++i) writers.emplace_back([&, i] { write(ledger, i); });
        std::vector<std::thread> others;
        others.emplace_back([&] { hurry(ledger); });
        for (int i = 0; i < kFollowers; ++i) others.emplace_back([&, i] { follow(i); });
        std::this_thread::sleep_for(std::chrono::seconds(rig_.options().count));
        writers_stop_ = true;
        for (std::thread& writer : writers) writer.join();
        note(ledger.flush());
        others_stop_ = true;
        for (std::thread& other : others) other.join();
    }

    void write(Ledger& ledger, int number) {
        Result<Run> run = ledger.start_run({.type = "threads", .capture = Capture::kNone});
        if (!run) return note(daybook::fail(run.error()));
        written_ += 2;  // It was created, and it started.
        for (std::uint64_t i = 0; !writers_stop_; ++i) {
            const Status status = run->record_metrics(
                {{"loss", static_cast<double>(i)}},
                {.durability = kDurabilities[(i + static_cast<unsigned>(number)) % 4]});
            if (!status && status.error().code() == ErrorCode::kUnsupported) continue;
            if (!status) return note(status);
            ++written_;
        }
        note(run->complete());
        ++written_;
    }

    // Gets in the way of the others' writes and syncs.
    void hurry(Ledger& ledger) {
        while (!writers_stop_) {
            note(ledger.flush());
            note(ledger.sync());
            std::this_thread::sleep_for(std::chrono::milliseconds(3));
        }
    }

    void follow(int number) {
        const log::Layout layout(path_);
        auto follower = log::Follower::open(layout, log::Follower::Start::kBeginning);
        if (!follower) return note(daybook::fail(follower.error()));
        for (bool last_round = false; !last_round;) {
            last_round = others_stop_;
            note(follower->poll([&](const log::PartId&, const log::Line& line) {
                if (line.kind == log::LineKind::kOurs) ++followed_[static_cast<unsigned>(number)];
                return true;
            }));
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
    }

    void note(const Status& status) {
        if (status) return;
        ++errors_;
        fmt::print(stderr, "{}\n", status.error().message());
    }

    void compare() {
        if (errors_ > 0) rig_.fail(fmt::format("{} calls ended with an error", errors_.load()));
        for (const auto& followed : followed_) {
            if (followed == written_) continue;
            rig_.fail(
                fmt::format("{} of {} events were followed", followed.load(), written_.load()));
        }
        const auto report = ledger::verify(ledger::LedgerDir(path_));
        if (!report || !report->findings.empty() || report->events != written_) {
            rig_.fail(report ? fmt::format("verify: {} of {} events, {} findings", report->events,
                                           written_.load(), report->findings.size())
                             : report.error().message());
        }
        rig_.note("events", written_);
    }

    Rig rig_;
    TempDir dir_;
    std::string path_;
    std::atomic<bool> writers_stop_ = false;
    std::atomic<bool> others_stop_ = false;
    std::atomic<std::uint64_t> written_ = 0;
    std::atomic<std::uint64_t> errors_ = 0;
    std::array<std::atomic<std::uint64_t>, kFollowers> followed_{};
};

}  // namespace
}  // namespace daybook::testing

int main(int argc, char** argv) { return daybook::testing::ThreadsRig(argc, argv).run(); }
