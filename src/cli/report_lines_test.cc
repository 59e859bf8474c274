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
    ReportLines reports([&](std::string_view json, std::uint64_t) { lines.emplace_back(json); },
                        [](std::uint64_t) { FAIL(); });
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
    ReportLines reports([](std::string_view, std::uint64_t) { FAIL(); },
                        [](std::uint64_t) { FAIL(); });
    const std::string many(1 << 20, 'x');
    for (int i = 0; i < 64; ++i) reports.add(many);
    reports.finish();
}

TEST(ReportLines, AReportThatIsTooLongIsTold) {
    std::vector<std::uint64_t> told;
    ReportLines reports([](std::string_view, std::uint64_t) { FAIL(); },
                        [&](std::uint64_t line) { told.push_back(line); });
    const std::string many(1 << 20, 'x');
    reports.add("first\n");
    for (const char* end : {"\n", ""}) {
        reports.add("daybook: {");
        for (int i = 0; i < 17; ++i) reports.add(many);
        reports.add(end);
    }
    reports.finish();
    EXPECT_EQ(told, (std::vector<std::uint64_t>{2, 3}));
}

Result<ledger::ArtifactFacts> look(const std::string& path) {
    if (path == "missing") return fail(ErrorCode::kNotFound, "open missing: no");
    return ledger::ArtifactFacts{
        .path = "/abs/" + path, .size_bytes = 5, .sha256 = "ab", .format = "png"};
}

// The event, without the fields that all of them begin with.
std::string event_of(std::string_view json) {
    const std::string event = ReportEvents("r\"1", look).event_of(json).value();
    const std::string_view mark = R"(,"run_id":"r\"1",)";
    const std::size_t at = event.find(mark);
    return event.substr(14, at - 14) + " " + event.substr(at + mark.size());
}

TEST(ReportLines, AreNumbered) {
    std::vector<std::uint64_t> numbers;
    ReportLines reports([&](std::string_view, std::uint64_t line) { numbers.push_back(line); },
                        [](std::uint64_t) { FAIL(); });
    reports.add("a\nb\ndaybook: {}\nxx");
    reports.add("x\ndaybook: {}");
    reports.finish();
    EXPECT_EQ(numbers, (std::vector<std::uint64_t>{3, 5}));
}

TEST(ReportEvents, AReportBecomesItsEvent) {
    EXPECT_EQ(event_of(R"({"metric": {"loss": 0.5}, "step": 7})"),
              R"("metric.recorded" "metrics":{"loss":0.5},"step":7})");
    EXPECT_EQ(event_of(R"({"trial":"t","params":{},"metrics":{"a":1}})"),
              R"("trial.recorded" "trial_id":"t","params":{},"metrics":{"a":1}})");
    EXPECT_EQ(event_of(R"({"trial":"t","metric":{"a":1},"step":2})"),
              R"("metric.recorded" "trial_id":"t","metrics":{"a":1},"step":2})");
    EXPECT_EQ(event_of(R"({"tag":{"k":"v"},"note":"n"})"),
              R"("run.tagged" "tags":{"k":"v"},"note":"n"})");
    EXPECT_EQ(event_of(R"({"note":"hot"})"), R"("run.tagged" "note":"hot","tags":{}})");
    EXPECT_EQ(event_of(R"({"artifact":"a\u002ePNG","type":"plot"})"),
              R"("artifact.created" "artifact_path":"/abs/a.PNG","size_bytes":5,"sha256":"ab",)"
              R"("format":"png","artifact_type":"plot"})");
    EXPECT_EQ(event_of(R"({"artifact":"a","format":"x"})"),
              R"("artifact.created" "artifact_path":"/abs/a","size_bytes":5,"sha256":"ab",)"
              R"("format":"x","artifact_type":"file"})");
}

TEST(ReportEvents, PointsWithoutAStepAreNumberedCurveByCurve) {
    ReportEvents events("r", look);
    const auto step = [&](const char* json) {
        const std::string event = events.event_of(json).value();
        events.note_recorded();
        return event.substr(event.rfind(':') + 1);
    };
    EXPECT_EQ(step(R"({"metric":{"a":1}})"), "0}");
    EXPECT_EQ(step(R"({"metric":{"a":2}})"), "1}");
    EXPECT_EQ(step(R"({"metric":{"b":2}})"), "0}");
    EXPECT_EQ(step(R"({"metric":{"a":1,"b":2}})"), "2}");
    EXPECT_EQ(step(R"({"trial":"t","metric":{"a":1}})"), "0}");
    // After one that is given, and not backwards.
    EXPECT_EQ(step(R"({"metric":{"a":1},"step":9})"), "9}");
    EXPECT_EQ(step(R"({"metric":{"a":1},"step":4})"), "4}");
    EXPECT_EQ(step(R"({"metric":{"a":1}})"), "10}");
    EXPECT_EQ(step(R"({"metric":{"b":1}})"), "3}");
    // One that was refused has taken none.
    EXPECT_TRUE(events.event_of(R"({"metric":{"b":1}})"));
    EXPECT_EQ(step(R"({"metric":{"b":1}})"), "4}");
}

TEST(ReportEvents, AnythingElseIsRefused) {
    const auto refusal = [](std::string_view json) {
        return ReportEvents("r", look).event_of(json).error().message();
    };
    EXPECT_EQ(
        refusal(R"({"metrics":{}})"),
        R"(found {"metrics":{}}, expected an object with metric, trial, tag, note or artifact)");
    EXPECT_EQ(refusal(R"({"metric":{}})"),
              "found {} as metric, expected at least one name with its value");
    EXPECT_EQ(refusal("[1]"),
              "found [1], expected an object with metric, trial, tag, note or artifact");
    EXPECT_EQ(refusal(R"({"artifact":"missing"})"), "open missing: no");
    EXPECT_NE(refusal(R"({"artifact":7})").find("artifact"), std::string::npos);
    // All of it is read: what was cut half-way is not recorded by half.
    EXPECT_NE(refusal(R"({"metric":{"a":1}, "st)").find(R"({"metric":{"a":1}, "st)"),
              std::string::npos);
    EXPECT_NE(refusal(R"({"metric":{"a":NaN}})").find("expected an object with metric"),
              std::string::npos);
}

}  // namespace
}  // namespace daybook::cli
