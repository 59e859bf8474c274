#include "index/row_history.h"

#include <gtest/gtest.h>

namespace daybook::index {
namespace {

// What it makes of events is in explain_test.cc, beside the index itself; here is what it lets in.
std::vector<std::string> ids(const RowKey& key, const std::vector<std::string>& lines) {
    RowHistory history(key, nullptr);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        history.add(log::judge_line(lines[i], ByteOffset(i)), "p");
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        history.add_rival(log::judge_line(lines[i], ByteOffset(i)), "p");
    }
    std::vector<std::string> found;
    for (const RowEvent& event : history.take_events()) {
        found.push_back(event.event_id + (event.out.empty() ? "" : " " + event.out));
    }
    return found;
}

const std::vector<std::string> kLines = {
    R"({"event_type":"run.started","event_id":"1","timestamp_ms":1,"run_id":"r"})",
    R"({"event_type":"run.started","event_id":"2","timestamp_ms":1,"run_id":"rr"})",
    R"({"event_type":"phase.started","event_id":"3","timestamp_ms":1,"run_id":"r","phase_name":"p","phase_order":0})",
    R"({"event_type":"phase.started","event_id":"4","timestamp_ms":1,"run_id":"r","phase_name":"q","phase_order":0})",
    R"({"event_type":"metric.recorded","event_id":"5","timestamp_ms":1,"run_id":"r","metrics":{"a":{"b":1}}})",
    R"({"event_type":"run.started","event_id":"6","timestamp_ms":1,"run_id":"_ledger"})",
    R"({"event_type":"run.started","event_id":"1","timestamp_ms":1,"run_id":"r"})"};

TEST(RowHistory, OfARunAllItsEventsMatterAndNoOthers) {
    EXPECT_EQ(ids({Table::kStatus, {"r"}}, kLines),
              (std::vector<std::string>{"1", "3", "4", "5", "1 a copy of p:0"}));
    EXPECT_EQ(ids({Table::kStatus, {"_ledger"}}, kLines), std::vector<std::string>());
}

TEST(RowHistory, OfAPhaseItsOwnEventsAndItsRunsLife) {
    EXPECT_EQ(ids({Table::kPhases, {"r", "q", "0", "0"}}, kLines),
              (std::vector<std::string>{"1", "4", "1 a copy of p:0"}));
}

TEST(RowHistory, APointIsFoundByItsDottedNameAndItsEvent) {
    EXPECT_EQ(ids({Table::kPoints, {"r", "", "a.b", "5"}}, kLines),
              (std::vector<std::string>{"5"}));
    EXPECT_EQ(ids({Table::kPoints, {"r", "", "a.b", "4"}}, kLines), std::vector<std::string>());
}

}  // namespace
}  // namespace daybook::index
