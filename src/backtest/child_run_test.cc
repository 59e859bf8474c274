#include "backtest/child_run.h"

#include <string>

#include <gtest/gtest.h>

#include "backtest/test_run.h"

namespace daybook::backtest {
namespace {

class ChildRunTest : public testing::RunTest {
protected:
    ChildRunTest() {
        input_.calls = write("calls.csv", "id,caller,mint,created_at\nc1,ann,A,2024-01-01\n");
        input_.candles = write("candles.csv",
                               "timestamp,mint,open,high,low,close,volume\n"
                               "1704067200,A,1,1,1,1,10\n1704067260,A,1,1,1,1,10\n");
        input_.interval = parse_interval("1m").value();
        input_.max_hold = Span::bars(2);
        run_.run_id = "r1";
        run_.experiment = "e";
    }
    Result<std::unique_ptr<Session>> session(const RunContext& context) {
        return Session::begin({.run_type = "x", .input = input_, .run = run_, .config_json = "{}"},
                              context);
    }
    // A parent that is resumed, and what the ledger knows of its child.
    RunContext resumed(const std::optional<ExistingRun>& child) {
        run_.resume = true;
        RunContext resumed = context();
        resumed.find_run =
            [this, child](const std::string& run_id) -> Result<std::optional<ExistingRun>> {
            if (run_id != "r1") return child;
            return ExistingRun{
                .run_type = "x", .config_json = "{}", .data_fingerprint = fingerprint_};
        };
        return resumed;
    }
    void remember_fingerprint() {
        const RunContext plain = context();
        fingerprint_ = session(plain).value()->inputs().fingerprint;
        sink_.events.clear();
    }

    InputOptions input_;
    RunOptions run_;
    std::string fingerprint_;
    const ChildSpec spec_{
        .suffix = "ann", .run_type = "policy", .name = "ann", .config_json = R"({"caller":"ann"})"};
};

TEST_F(ChildRunTest, IsARunOfItsOwnThatNamesItsParent) {
    const RunContext plain = context();
    const auto parent = session(plain).value();
    sink_.events.clear();
    const auto child = ChildRun::begin(*parent, spec_).value();
    ASSERT_TRUE(child->events().phase("execute", [] { return std::string("{}"); }));
    ASSERT_TRUE(child->store_json("summary_json", "summary", "{}"));
    ASSERT_TRUE(child->complete("{}"));
    EXPECT_EQ(sink_.story(),
              "run.created policy\nrun.started\nphase.started execute\nphase.completed execute\n"
              "artifact.created summary_json\nrun.completed\n");
    for (const auto& event : sink_.events) EXPECT_EQ(event.run_id, "r1.ann");
    EXPECT_EQ(sink_.one("run.created").parent, "r1");
    EXPECT_EQ(sink_.one("artifact.created").text, "artifacts/runs/r1.ann/summary.json");
}

TEST_F(ChildRunTest, WhatTheLedgerHasOfItIsNotRecordedAgain) {
    remember_fingerprint();
    const RunContext again = resumed(ExistingRun{.run_type = "policy",
                                                 .config_json = spec_.config_json,
                                                 .data_fingerprint = fingerprint_,
                                                 .attempt = 2,
                                                 .trials = {"a"}});
    const auto parent = session(again).value();
    sink_.events.clear();
    const auto child = ChildRun::begin(*parent, spec_).value();
    EXPECT_FALSE(child->is_done());
    ASSERT_TRUE(child->events().trial("a", "{}", "{}", Verdict{}));
    ASSERT_TRUE(child->events().trial("b", "{}", "{}", Verdict{}));
    EXPECT_EQ(sink_.story(), "run.started\ntrial.recorded b\n");
    EXPECT_EQ(sink_.one("run.started").number, 3);
}

TEST_F(ChildRunTest, OneThatIsCompletedIsLeftAsItIs) {
    remember_fingerprint();
    const RunContext again = resumed(ExistingRun{.run_type = "policy",
                                                 .config_json = spec_.config_json,
                                                 .data_fingerprint = fingerprint_,
                                                 .completed = true});
    const auto parent = session(again).value();
    sink_.events.clear();
    EXPECT_TRUE(ChildRun::begin(*parent, spec_).value()->is_done());
    EXPECT_EQ(sink_.story(), "");
}

TEST_F(ChildRunTest, OneOfAnotherConfigurationIsRefused) {
    remember_fingerprint();
    const RunContext again = resumed(ExistingRun{.run_type = "policy",
                                                 .config_json = R"({"caller":"bob"})",
                                                 .data_fingerprint = fingerprint_});
    const auto parent = session(again).value();
    const auto child = ChildRun::begin(*parent, spec_);
    ASSERT_FALSE(child.has_value());
    EXPECT_EQ(child.error().message(),
              "resume run r1.ann: config /caller: found \"ann\", the run was made with \"bob\"");
}

TEST_F(ChildRunTest, OneOfAnotherTypeIsRefused) {
    remember_fingerprint();
    const RunContext again = resumed(ExistingRun{.run_type = "grid_search",
                                                 .config_json = spec_.config_json,
                                                 .data_fingerprint = fingerprint_});
    const auto parent = session(again).value();
    EXPECT_EQ(ChildRun::begin(*parent, spec_).error().message(),
              "resume run r1.ann: found type policy, the run was made as grid_search; resume it "
              "with the command that made it");
}

TEST_F(ChildRunTest, AnIdThatIsTooLongIsRefused) {
    run_.run_id = std::string(254, 'r');
    const RunContext plain = context();
    const auto parent = session(plain).value();
    const auto child = ChildRun::begin(*parent, spec_);
    ASSERT_FALSE(child.has_value());
    EXPECT_TRUE(child.error().message().ends_with("would have 258 bytes, expected at most 256"));
}

}  // namespace
}  // namespace daybook::backtest
