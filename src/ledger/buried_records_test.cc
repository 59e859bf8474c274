#include "ledger/buried_records.h"

#include <gtest/gtest.h>

#include "log/test_support.h"

namespace daybook::ledger {
namespace {

const std::string kTheirs =
    R"({"event_type":"run.started","timestamp_ms":1769126400000,"run_id":"r","event_id":)"
    R"("1769126400000_0000000a"})";

std::string ours(const std::string& id, std::uint64_t seq) {
    std::string line = log::whole_line(id, seq);
    line.pop_back();
    return line;
}

std::vector<std::string> found_in(const std::string& bytes) {
    std::vector<std::string> found;
    for (const BuriedRecord& record : BuriedRecordFinder().find(bytes, ByteOffset(100))) {
        found.push_back(fmt::format("{} {} {}", record.event_id, record.offset.value(),
                                    record.foreign ? "theirs" : "ours"));
    }
    return found;
}

TEST(BuriedRecords, OursAndTheirsAreFoundInTheirOrder) {
    const std::string a = ours("a", 1);
    EXPECT_EQ(found_in("half" + a + kTheirs + "\n{\"" + ours("b", 2)),
              (std::vector<std::string>{
                  "a 104 ours", fmt::format("1769126400000_0000000a {} theirs", 104 + a.size()),
                  fmt::format("b {} ours", 104 + a.size() + kTheirs.size() + 3)}));
    EXPECT_EQ(found_in("nothing\n"), std::vector<std::string>{});
}

TEST(BuriedRecords, AnEventWithNaNIsKeptAsItWouldHaveBeenWritten) {
    std::string line = kTheirs;
    line.insert(line.size() - 1, ", \"x\": NaN");
    const auto found = BuriedRecordFinder().find("{\"half" + line, ByteOffset(0));
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].body + "}", kTheirs.substr(0, kTheirs.size() - 1) + ",\"x\":\"NaN\"}");
}

TEST(BuriedRecords, LinesWithoutARecordAreLost) {
    const std::string bytes = "half" + ours("a", 1) + "\n \n\nhalf\nmore";
    EXPECT_EQ(
        count_lost_lines(bytes, ByteOffset(7), BuriedRecordFinder().find(bytes, ByteOffset(7))),
        2u);
}

}  // namespace
}  // namespace daybook::ledger
