#include "lifecycle/merge_state.h"

#include <string>

#include <gtest/gtest.h>

#include "os/file.h"
#include "support/outcome.h"
#include "support/temp_dir.h"

namespace daybook::lifecycle {
namespace {

TEST(MergeState, ReadsAsItWasWritten) {
    MergeState state{.event_id = "e", .event_at = TimestampMs(5), .missing = {}};
    state.missing["artifacts/a"] = {.path = "artifacts/a"};
    state.missing["artifacts/b"] = {.path = "artifacts/b", .sha256 = "h"};
    state.troubles[log::PartId{.day = Day(20476), .number = log::PartNumber(3)}] = {.changed = 2,
                                                                                    .damaged = 1};
    const log::PartId first{.day = Day(20476), .number = log::PartNumber(1)};
    const log::PartId second{.day = Day(20476), .number = log::PartNumber(2)};
    state.seals[first] = std::string(64, 'a');
    state.cursors[second] = {.part = second,
                             .offset = ByteOffset(100),
                             .first_line_offset = ByteOffset(0),
                             .first_line_checksum = UINT64_MAX,
                             .last_line_offset = ByteOffset(50),
                             .last_line_checksum = 7};
    EXPECT_EQ(testing::value_of(decode_merge_state(encode_merge_state(state), "f")), state);
}

TEST(MergeState, WhatCannotBeReadIsNothing) {
    const testing::TempDir temp;
    const ledger::LedgerDir dir(temp.path());
    EXPECT_EQ(testing::value_of(read_merge_state(dir, "1")), MergeState());
    const MergeState state{.event_id = "e"};
    testing::expect_ok(write_merge_state(dir, "1", state));
    EXPECT_EQ(testing::value_of(read_merge_state(dir, "1")), state);
    testing::expect_ok(os::write_file_atomic(temp / "_imports/merged-1.json", "{"));
    EXPECT_EQ(testing::value_of(read_merge_state(dir, "1")), MergeState());
}

TEST(MergeState, WhatIsReadIsWrittenAsItWasRead) {
    for (const char* const text :
         {R"({"format":1,"parts":[],"event_at_ms":18446744073709551615})",
          R"({"format":1,"parts":[],"event_at_ms":-1})",
          R"({"format":1,"parts":[],"missing":["a\u0000b"],"missing_sha256":{"a":"x"}})"}) {
        const MergeState state = testing::value_of(decode_merge_state(text, "f"));
        EXPECT_EQ(state.event_at, TimestampMs(0)) << text;
        EXPECT_EQ(testing::value_of(decode_merge_state(encode_merge_state(state), "f")), state)
            << text;
    }
}

// A part that is read again costs time; one that is wrongly passed over, events.
TEST(MergeState, APartWithAnythingWrongIsNotRemembered) {
    const auto parts = [](const std::string& entry) {
        const auto state =
            testing::value_of(decode_merge_state(R"({"format":1,"parts":[)" + entry + "]}", "f"));
        return state.seals.size() + state.cursors.size();
    };
    const std::string name = R"("part":"day=2026-01-23/part-000001")";
    const std::string sum =
        R"("first_checksum":"0000000000000001","last_checksum":"0000000000000002")";
    EXPECT_EQ(parts("{" + name + R"(,"seal_sha256":"ab"})"), 1U);
    EXPECT_EQ(parts("{" + name + R"(,"offset":5,"first":0,"last":0,)" + sum + "}"), 1U);
    EXPECT_EQ(parts("{" + name + "," + sum + "}"), 0U);
    EXPECT_EQ(parts("{" + name + R"(,"offset":5})"), 0U);
    EXPECT_EQ(parts("{" + name + R"(,"offset":-5,)" + sum + "}"), 0U);
    EXPECT_EQ(parts("{" + name + R"(,"seal_sha256":5})"), 0U);
    EXPECT_EQ(parts(R"({"part":"elsewhere","seal_sha256":"ab"})"), 0U);
    EXPECT_EQ(parts("7"), 0U);
}

}  // namespace
}  // namespace daybook::lifecycle
