#include "cli/report_lines.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace daybook::cli {
namespace {

using Lines = std::vector<std::string>;

// What is found if the text comes in pieces of `piece` bytes.
Lines found_in(const std::string& text, std::size_t piece) {
    Lines lines;
    ReportLines reports([&](std::string_view json) { lines.emplace_back(json); });
    for (std::size_t i = 0; i < text.size(); i += piece) reports.add(text.substr(i, piece));
    reports.finish();
    return lines;
}

TEST(ReportLines, AreFoundHoweverTheBytesAreCut) {
    const std::string text =
        "epoch 1\ndaybook: {\"metric\":{\"a\":1}}\n daybook: {no}\nsay daybook: {no}\n"
        "daybook: {\"tag\":{}}\ndaybook: hello\n\ndaybook: {\"last\":1}";
    for (const std::size_t piece :
         {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{11}, text.size()}) {
        EXPECT_EQ(found_in(text, piece),
                  (Lines{"{\"metric\":{\"a\":1}}", "{\"tag\":{}}", "{\"last\":1}"}))
            << piece;
    }
}

TEST(ReportLines, ALineWithoutAnEndTakesNoMemory) {
    ReportLines reports([](std::string_view) { FAIL(); });
    const std::string many(1 << 20, 'x');
    for (int i = 0; i < 64; ++i) reports.add(many);
    reports.finish();
}

TEST(ReportEvents, AReportBecomesItsEvent) {
    ReportEvents events("r\"1");
    EXPECT_EQ(
        events.event_of(R"({"metric": {"loss": 0.5}, "step": 7})").value(),
        R"({"event_type":"metric.recorded","run_id":"r\"1","metrics":{"loss":0.5},"step":7})");
    EXPECT_EQ(events.event_of(R"({"trial":"t","params":{},"metrics":{"a":1}})").value(),
              R"({"event_type":"trial.recorded","run_id":"r\"1","trial_id":"t","params":{},)"
              R"("metrics":{"a":1}})");
    EXPECT_EQ(events.event_of(R"({"tag":{"k":"v"}})").value(),
              R"({"event_type":"run.tagged","run_id":"r\"1","tags":{"k":"v"}})");
}

TEST(ReportEvents, PointsWithoutAStepAreNumberedCurveByCurve) {
    ReportEvents events("r");
    const auto step = [&](const char* json) {
        const std::string event = events.event_of(json).value();
        return event.substr(event.rfind(':') + 1);
    };
    EXPECT_EQ(step(R"({"metric":{"a":1}})"), "0}");
    EXPECT_EQ(step(R"({"metric":{"a":2}})"), "1}");
    EXPECT_EQ(step(R"({"metric":{"b":2}})"), "0}");
    EXPECT_EQ(step(R"({"metric":{"a":1,"b":2}})"), "2}");
}

TEST(ReportEvents, AnythingElseIsRefused) {
    EXPECT_EQ(ReportEvents("r").event_of(R"({"metrics":{}})").error().message(),
              R"(found {"metrics":{}}, expected an object with metric, trial or tag)");
    EXPECT_FALSE(ReportEvents("r").event_of("{nonsense").has_value());
}

}  // namespace
}  // namespace daybook::cli
