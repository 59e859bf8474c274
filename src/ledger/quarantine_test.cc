#include "ledger/quarantine.h"

#include <filesystem>
#include <string>

#include <gtest/gtest.h>

#include "base/hash.h"
#include "log/test_support.h"

namespace daybook::ledger {
namespace {

class QuarantineTest : public log::LogTest {
protected:
    RepairStep copy_of(const std::string& bytes, std::uint64_t offset) {
        return {.action = RepairAction::kCopy,
                .kind = "damaged",
                .file = layout_.part_path(log::part_of_today(1)),
                .part = log::part_of_today(1),
                .offset = ByteOffset(offset),
                .bytes = bytes.size(),
                .reason = "no_object",
                .sha256 = sha256_hex(bytes)};
    }
    std::string read(const std::string& relative) {
        return os::read_file(dir_ / "ledger/" + relative, 1 << 20).value();
    }
    LedgerDir ledger_{layout_.root()};
};

TEST_F(QuarantineTest, BytesAreCopiedWithANote) {
    put_part(1, "good\nbad\ngood\n");
    const RepairStep step = copy_of("bad\n", 5);
    const std::string path = quarantine_bytes(ledger_, step, log::kNoon).value();
    EXPECT_EQ(path, "quarantine/2026-01-23.part-000001.5.bytes");
    EXPECT_EQ(read(path), "bad\n");
    const std::string note = read(path + ".json");
    for (const char* expected :
         {R"("part": "day=2026-01-23/part-000001")", R"("offset": 5)", R"("bytes": 4)",
          R"("reason": "no_object")", R"("at": "2026-01-23T)", R"("version": ")"}) {
        EXPECT_NE(note.find(expected), std::string::npos) << expected << " in " << note;
    }
    // Again, as after a crash: nothing new.
    EXPECT_EQ(quarantine_bytes(ledger_, step, log::kNoon + 1000).value(), path);
    EXPECT_EQ(read(path + ".json"), note);
}

TEST_F(QuarantineTest, OtherBytesOfThatPlaceAreKeptBesideIt) {
    put_part(1, "good\nbad\n");
    ASSERT_TRUE(quarantine_bytes(ledger_, copy_of("bad\n", 5), log::kNoon));
    put_part(1, "good\nBAD\n");
    EXPECT_EQ(quarantine_bytes(ledger_, copy_of("BAD\n", 5), log::kNoon).value(),
              "quarantine/2026-01-23.part-000001.5.2.bytes");
    EXPECT_EQ(read("quarantine/2026-01-23.part-000001.5.bytes"), "bad\n");
}

TEST_F(QuarantineTest, BytesThatChangedMeanwhileAreNotTaken) {
    put_part(1, "good\nBAD\n");
    EXPECT_EQ(quarantine_bytes(ledger_, copy_of("bad\n", 5), log::kNoon).error().code(),
              ErrorCode::kCorrupt);
    EXPECT_FALSE(std::filesystem::exists(dir_ / "ledger/quarantine"));
}

TEST_F(QuarantineTest, AFileIsMovedWithANoteAndNothingIsOverwritten) {
    ASSERT_TRUE(os::make_dirs(layout_.root()));
    const RepairStep step{.action = RepairAction::kMove,
                          .kind = "stray",
                          .file = dir_ / "ledger/ledger.json.tmp-7",
                          .detail = "never renamed"};
    put_file(step.file, "one");
    const std::string first = quarantine_file(ledger_, step, log::kNoon).value();
    put_file(step.file, "two");
    const std::string second = quarantine_file(ledger_, step, log::kNoon).value();
    EXPECT_NE(first, second);
    EXPECT_EQ(read(first), "one");
    EXPECT_EQ(read(second), "two");
    EXPECT_NE(read(first + ".json").find("never renamed"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(step.file));
    // It has gone: somebody else was faster.
    EXPECT_EQ(quarantine_file(ledger_, step, log::kNoon).value(), "");
}

}  // namespace
}  // namespace daybook::ledger
