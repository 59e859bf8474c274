// A writer that is stopped between any two of its steps, and a sealer that comes meanwhile: nothing
// is lost, nothing is appended to a sealed part, and nobody waits.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "crash/step.h"
#include "ledger/sealer.h"
#include "ledger/test_seals.h"
#include "log/scan.h"
#include "os/kill_point.h"

namespace daybook::testing {
namespace {

class Fence : public ledger::SealsTest {
protected:
    // A writer that is stopped at `point`, and the sealer's answer about the part meanwhile.
    void stop_writer_at(const std::string& point) {
        ASSERT_TRUE(os::remove_tree(dir_.root()));
        put_part(ledger::part_of(1), ledger::event_line("first", 1));
        Step writer({"write", dir_.root(), time_of_event(), "second"}, "DAYBOOK_STOP_AT", point);
        ASSERT_EQ(writer.next_state(), os::kHasKillPoints ? "stopped" : "exit 0");

        // It returns at once, whatever the writer holds.
        const auto report = ledger::seal_parts(dir_, {.wait_ms = 0});
        ASSERT_TRUE(report) << report.error().message();
        sealed_meanwhile_ = false;
        for (const ledger::SealOutcome& outcome : report->parts) {
            if (outcome.part != ledger::part_of(1)) continue;
            sealed_meanwhile_ = outcome.state == ledger::SealState::kSealed;
        }
        const std::string sealed_bytes = read(layout().part_path(ledger::part_of(1)));
        if (!os::kHasKillPoints) return;

        writer.go_on();
        ASSERT_EQ(writer.next_state(), "exit 0");
        if (sealed_meanwhile_) {
            EXPECT_EQ(read(layout().part_path(ledger::part_of(1))), sealed_bytes);
        }
    }
    static std::string time_of_event() { return std::to_string(20476 * kDayMs + kDayMs / 2 + 100); }
    // Every id of the log, part by part: "1:first 2:second".
    std::string events() {
        std::string found;
        const std::vector<log::PartInfo> parts = log::list_parts(layout()).value();
        for (const log::PartInfo& part : parts) {
            auto reader = log::PartReader::open(layout(), part.id).value();
            while (const auto line = reader.next().value()) {
                EXPECT_EQ(line->kind, log::LineKind::kOurs);
                const std::string text(line->text);
                const std::size_t begin = text.find("event_id\":\"") + 11;
                found += fmt::format("{}{}:{}", found.empty() ? "" : " ", part.id.number.value(),
                                     text.substr(begin, text.find('"', begin) - begin));
            }
        }
        return found;
    }

    bool sealed_meanwhile_ = false;
};

// The writer has opened the part and has no lock yet: the sealer is faster, and the writer sees the
// seal when it looks again.
TEST_F(Fence, AWriterThatHasOnlyOpenedThePartGoesToAnother) {
    stop_writer_at("lane.opened");
    EXPECT_TRUE(sealed_meanwhile_);
    EXPECT_EQ(events(), os::kHasKillPoints ? "1:first 2:second" : "1:first 1:second");
}

// The writer holds the lock: the sealer leaves the part.
TEST_F(Fence, AWriterThatHoldsTheLockKeepsThePart) {
    for (const char* point :
         {"lane.locked", "lane.looked_again", "lane.taken", "writer.before_write"}) {
        SCOPED_TRACE(point);
        stop_writer_at(point);
        EXPECT_EQ(sealed_meanwhile_, !os::kHasKillPoints);
        EXPECT_EQ(events(), "1:first 1:second");
        // When it has gone, the part is sealed with all that it wrote.
        if (sealed_meanwhile_) continue;
        ASSERT_EQ(ledger::seal_parts(dir_, {.wait_ms = 0})->parts.size(), 1U);
        const std::string seal = read(layout().seal_path(ledger::part_of(1)));
        EXPECT_EQ(ledger::decode_seal(seal, "seal")->facts.last_event_id, "second");
    }
}

// The other way round: a sealer that is stopped with the part in its hands hinders no writer.
TEST_F(Fence, AStoppedSealerHindersNoWriter) {
    for (const char* point : {"lane.locked", "sealer.part_held", "sealer.part_read",
                              "sealer.mode_set", "sealer.seal_written", "sealer.seal_renamed",
                              "sealer.head_written", "sealer.head_renamed"}) {
        SCOPED_TRACE(point);
        ASSERT_TRUE(os::remove_tree(dir_.root()));
        put_part(ledger::part_of(1), ledger::event_line("first", 1));
        Step sealer({"seal", dir_.root()}, "DAYBOOK_STOP_AT", point);
        ASSERT_EQ(sealer.next_state(), os::kHasKillPoints ? "stopped" : "exit 0");
        EXPECT_EQ(run_step({"write", dir_.root(), time_of_event(), "second"}), "exit 0");
        EXPECT_EQ(events(), "1:first 2:second");
        if (!os::kHasKillPoints) continue;
        sealer.go_on();
        EXPECT_EQ(sealer.next_state(), "exit 0");
        EXPECT_EQ(run_step({"seal", dir_.root()}), "exit 0");
        EXPECT_EQ(events(), "1:first 2:second");
        const std::string seal = read(layout().seal_path(ledger::part_of(1)));
        EXPECT_EQ(ledger::decode_seal(seal, "seal")->sha256,
                  sha256_hex(read(layout().part_path(ledger::part_of(1)))));
    }
}

}  // namespace
}  // namespace daybook::testing
