#include "ledger/emitter.h"

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "os/test_support.h"
#include "support/log_lines.h"
#include "support/temp_dir.h"

namespace daybook::ledger {
namespace {

constexpr TimestampMs kNow{1769126400000};  // 2026-01-23T00:00:00Z
using Texts = std::vector<std::string>;

class EmitterTest : public ::testing::Test {
protected:
    // A file in the place of the ledger's directory: nothing can be opened there.
    void obstruct() { std::ofstream(dir_.root()) << "no directory"; }
    void make_way() { std::filesystem::remove(dir_.root()); }
    // Longer than any pause between two tries.
    void wait() { clock_.advance_ms(10'000); }

    void open(EmitterOptions options = {}) {
        options.policy = FailurePolicy::kKeep;
        reopen(options);
    }
    void reopen(EmitterOptions options) {
        options.log.clock = &clock_;
        options.log.background = false;
        options.log.on_warning = [this](std::string_view text) {
            warnings_.emplace_back(text);
            if (on_warning_) on_warning_();
        };
        auto opened = Emitter::open(dir_, options);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        emitter_ = std::move(*opened);
    }
    void emit_trial(const std::string& id) {
        EXPECT_TRUE(emitter_->emit(
            "r1", event::TrialRecorded{.trial_id = id, .params = {}, .metrics = {}}));
    }
    // "type trial" of every line of the log.
    Texts recorded() const {
        Texts all;
        for (const std::string& line : testing::log_lines(dir_.root())) {
            all.push_back(field(line, "trial_id"));
        }
        return all;
    }
    static std::string field(const std::string& line, const std::string& name) {
        const std::string key = "\"" + name + "\":\"";
        const std::size_t at = line.find(key);
        if (at == std::string::npos) return "";
        return line.substr(at + key.size(), line.find('"', at + key.size()) - at - key.size());
    }

    testing::TempDir temp_;
    LedgerDir dir_{temp_ / "ledger"};
    ManualClock clock_{kNow};
    Texts warnings_;
    std::function<void()> on_warning_;
    std::unique_ptr<Emitter> emitter_;
};

TEST_F(EmitterTest, WhatTheLogTakesIsCounted) {
    open();
    emit_trial("a");
    EXPECT_TRUE(emitter_->emit_json(R"({"event_type":"run.started","run_id":"r1"})", std::nullopt));
    EXPECT_EQ(emitter_->stats(), LedgerStats{.recorded = 2});
    EXPECT_EQ(warnings_, Texts{});
}

TEST_F(EmitterTest, UnderReturnEveryErrorIsTheCallers) {
    reopen({});
    const auto refused = emitter_->emit("", event::RunStarted{});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(emitter_->stats(), LedgerStats{.failures = 1});
    emitter_.reset();
    EXPECT_EQ(warnings_, Texts{});
}

TEST_F(EmitterTest, UnderReturnWhatCannotBeOpenedIsNotOpened) {
    obstruct();
    EXPECT_FALSE(Emitter::open(dir_, {.log = {.clock = &clock_}}).has_value());
}

TEST_F(EmitterTest, AFailureThatLostNothingIsNotTheLastWord) {
    open();
    EXPECT_TRUE(emitter_->emit_json("no json", std::nullopt));
    EXPECT_TRUE(emitter_->refuse("r1", Error(ErrorCode::kInvalidArgument, "it has ended already"),
                                 Emitter::Loses::kNothing));
    emitter_.reset();
    ASSERT_FALSE(warnings_.empty());
    EXPECT_EQ(warnings_.back().find("it has ended already"), std::string::npos) << warnings_.back();
}

TEST_F(EmitterTest, WhatIsKeptIsToldOfFromWhenItIsAskedFor) {
    obstruct();
    open({.tells_of_kept = false});
    emit_trial("a");
    EXPECT_EQ(warnings_, Texts{});
    emitter_->tell_of_kept();
    wait();
    emit_trial("b");
    ASSERT_EQ(warnings_.size(), 1u);
    EXPECT_TRUE(warnings_[0].ends_with("events are kept in memory and tried again"));
}

TEST_F(EmitterTest, WhatIsWrongInItselfIsDroppedAndToldOnce) {
    open();
    EXPECT_TRUE(emitter_->emit("", event::RunStarted{}));
    EXPECT_TRUE(emitter_->emit_json(R"({"event_type":"run.startd","run_id":"r1"})", std::nullopt));
    EXPECT_TRUE(emitter_->emit_json("no json", std::nullopt));
    EXPECT_EQ(emitter_->stats(), (LedgerStats{.failures = 3, .dropped = 3}));
    EXPECT_EQ(emitter_->dropped("r1"), 1u);
    ASSERT_EQ(warnings_.size(), 1u);
    EXPECT_TRUE(warnings_[0].ends_with("; the event is dropped")) << warnings_[0];
    emitter_.reset();
    ASSERT_EQ(warnings_.size(), 2u);
    EXPECT_TRUE(warnings_[1].starts_with("3 of this process's events are not in the ledger"))
        << warnings_[1];
}

TEST_F(EmitterTest, JsonOfTheWrongTypesIsDroppedLikeAnyOther) {
    open();
    for (const char* event : {R"({"event_type":"run.heartbeat","run_id":5})",
                              R"({"event_type":null,"run_id":"r1"})", R"({"run_id":{}})", "{}"}) {
        EXPECT_TRUE(emitter_->emit_json(event, std::nullopt)) << event;
    }
    EXPECT_EQ(emitter_->stats(), (LedgerStats{.failures = 4, .dropped = 4}));
    EXPECT_EQ(emitter_->dropped("r1"), 1u);
    emitter_.reset();
    std::filesystem::remove_all(dir_.root());
    obstruct();
    open();
    EXPECT_TRUE(emitter_->emit_json(R"({"event_type":5,"run_id":5,"event_id":5})", std::nullopt));
    EXPECT_EQ(emitter_->stats().kept, 1u);
}

// A host that logs its warnings with the ledger's statistics must not hang.
TEST_F(EmitterTest, AWarningMayUseTheLedger) {
    open();
    std::vector<std::uint64_t> dropped;
    on_warning_ = [&] { dropped.push_back(emitter_->stats().dropped); };
    EXPECT_TRUE(emitter_->emit("", event::RunStarted{}));
    EXPECT_EQ(dropped, std::vector<std::uint64_t>{1});
    on_warning_ = nullptr;
}

TEST_F(EmitterTest, BufferedEventsThatTheDiskRefusesAtTheEndAreTold) {
    reopen({});
    emit_trial("a");
    os::Faults faults;
    faults.set_room(0);
    for (const char* id : {"b", "c"}) {
        EXPECT_TRUE(
            emitter_->emit("r1", event::TrialRecorded{.trial_id = id, .params = {}, .metrics = {}},
                           {.durability = Durability::kBuffered}));
    }
    emitter_.reset();
    ASSERT_EQ(warnings_.size(), 1u);
    EXPECT_TRUE(warnings_[0].starts_with("2 of this process's events are not in the ledger"))
        << warnings_[0];
    EXPECT_EQ(recorded(), Texts{"a"});
}

TEST_F(EmitterTest, AnEventThatIsKeptHasItsIdAlready) {
    obstruct();
    open();
    const auto drawn =
        emitter_->emit_json(R"({"event_type":"run.started","run_id":"r1"})", std::nullopt);
    const auto given = emitter_->emit_json(
        R"({"event_type":"run.started","run_id":"r1","event_id":"01a2249c-167e-776d-94dc-e9c87305434d"})",
        std::nullopt);
    make_way();
    EXPECT_TRUE(emitter_->flush());
    const Texts lines = testing::log_lines(dir_.root());
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_EQ(field(lines[0], "event_id"), drawn->event_id);
    EXPECT_EQ(given->event_id, "01a2249c-167e-776d-94dc-e9c87305434d");
}

TEST_F(EmitterTest, AKeptEndCountsWhatWasLostUntilItIsWritten) {
    obstruct();
    open({.kept_events_max = 2});
    for (const char* id : {"a", "b"}) emit_trial(id);
    EXPECT_TRUE(emitter_->emit("r1", event::RunCompleted{.summary = {}, .artifact_paths = {}}));
    emit_trial("c");
    make_way();
    EXPECT_TRUE(emitter_->flush());
    const Texts lines = testing::log_lines(dir_.root());
    ASSERT_EQ(lines.size(), 2u);
    EXPECT_NE(lines[0].find("\"artifact_paths\":{},\"events_dropped\":2,"), std::string::npos)
        << lines[0];
}

TEST_F(EmitterTest, AKeptEndThatHasANumberGetsTheNewOne) {
    obstruct();
    open({.kept_events_max = 1});
    emit_trial("a");
    emit_trial("b");
    const Field dropped{"events_dropped", 1};
    EXPECT_TRUE(emitter_->emit(
        "r1",
        event::RunCompleted{.summary = {}, .artifact_paths = {}, .extra = std::span(&dropped, 1)}));
    make_way();
    EXPECT_TRUE(emitter_->flush());
    const std::string line = testing::log_lines(dir_.root()).at(0);
    EXPECT_NE(line.find("\"artifact_paths\":{},\"events_dropped\":2,"), std::string::npos) << line;
}

TEST_F(EmitterTest, WhatIsWrongInItselfIsTheCallersIfItAsksForThat) {
    open({.return_invalid = true});
    EXPECT_FALSE(emitter_->emit("", event::RunStarted{}));
    EXPECT_FALSE(emitter_->emit_json("no json", std::nullopt));
    EXPECT_EQ(emitter_->stats(), LedgerStats{.failures = 2});
    EXPECT_EQ(warnings_, Texts{});
}

TEST_F(EmitterTest, WhatIsWrongInItselfIsTheCallersWhileTheLedgerIsAwayToo) {
    obstruct();
    open({.return_invalid = true});
    emit_trial("a");
    EXPECT_FALSE(emitter_->emit("", event::RunStarted{}));
    // The other two are of opening it.
    EXPECT_EQ(emitter_->stats(), (LedgerStats{.failures = 3, .kept = 1}));
}

TEST_F(EmitterTest, ALedgerThatCannotBeOpenedIsOpenedLater) {
    obstruct();
    open();
    emit_trial("a");
    emit_trial("b");
    EXPECT_EQ(emitter_->stats().kept, 2u);
    ASSERT_EQ(warnings_.size(), 1u);
    EXPECT_TRUE(warnings_[0].ends_with("; events are kept in memory and tried again"))
        << warnings_[0];
    make_way();
    wait();
    emit_trial("c");
    EXPECT_EQ(recorded(), (Texts{"a", "b", "c"}));
    EXPECT_EQ(emitter_->stats().kept, 0u);
    EXPECT_EQ(emitter_->stats().retried, 2u);
    EXPECT_EQ(emitter_->stats().recorded, 3u);
    emitter_.reset();
    EXPECT_EQ(warnings_.size(), 1u);
}

TEST_F(EmitterTest, EventsKeepTheTimeAtWhichTheyHappened) {
    obstruct();
    open();
    emit_trial("a");
    EXPECT_TRUE(emitter_->emit_json(
        R"({"event_type":"trial.recorded","run_id":"r1","trial_id":"b","params":{},"metrics":{}})",
        std::nullopt));
    make_way();
    wait();
    EXPECT_TRUE(emitter_->flush());
    const Texts lines = testing::log_lines(dir_.root());
    ASSERT_EQ(lines.size(), 2u);
    for (const std::string& line : lines) {
        EXPECT_NE(line.find("\"timestamp_ms\":1769126400000"), std::string::npos) << line;
        EXPECT_EQ(field(line, "event_id").size(), 36u) << line;
    }
}

TEST_F(EmitterTest, BetweenTriesTheHostIsNotHeldUp) {
    obstruct();
    open();
    emit_trial("a");
    make_way();
    emit_trial("b");  // at once: it is too early for another try
    wait();
    emit_trial("c");
    EXPECT_EQ(recorded(), (Texts{"a", "b", "c"}));
}

TEST_F(EmitterTest, TooManyAreDroppedAndCountedForTheirRun) {
    obstruct();
    open({.kept_events_max = 2});
    for (const char* id : {"a", "b", "c", "d"}) emit_trial(id);
    EXPECT_EQ(emitter_->dropped("r1"), 2u);
    EXPECT_EQ(emitter_->dropped("r2"), 0u);
    make_way();
    EXPECT_TRUE(emitter_->flush());
    EXPECT_EQ(recorded(), (Texts{"c", "d"}));
}

TEST_F(EmitterTest, FlushSaysWhyItCouldNot) {
    obstruct();
    open();
    emit_trial("a");
    const Status flushed = emitter_->flush();
    ASSERT_FALSE(flushed.has_value());
    EXPECT_TRUE(flushed.error().message().starts_with("write 1 kept events: "))
        << flushed.error().message();
    EXPECT_FALSE(emitter_->sync().has_value());
}

TEST_F(EmitterTest, ClosingTriesALastTime) {
    obstruct();
    open();
    emit_trial("a");
    make_way();
    emitter_.reset();
    EXPECT_EQ(recorded(), Texts{"a"});
    EXPECT_EQ(warnings_.size(), 1u);
}

TEST_F(EmitterTest, ADiskThatIsFullForAWhileCostsNothing) {
    open();
    emit_trial("a");
    {
        os::Faults faults;
        faults.set_room(0);
        emit_trial("b");
        wait();
        emit_trial("c");
        EXPECT_EQ(emitter_->stats().kept, 2u);
        EXPECT_EQ(emitter_->last_failure()->code(), ErrorCode::kNoSpace);
    }
    wait();
    emit_trial("d");
    EXPECT_EQ(recorded(), (Texts{"a", "b", "c", "d"}));
}

TEST_F(EmitterTest, WhatAParentHasKeptItsChildrenDoNotWrite) {
    obstruct();
    open();
    emit_trial("a");
    make_way();
    const pid_t child = ::fork();
    if (child == 0) {
        emit_trial("child");
        (void)emitter_->flush();
        ::_exit(emitter_->stats().recorded == 1 ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_EQ(recorded(), Texts{"child"});
    EXPECT_TRUE(emitter_->flush());
    EXPECT_EQ(recorded().size(), 2u);
}

TEST_F(EmitterTest, ThreadsLoseNothingWhileTheLedgerComesAndGoes) {
    obstruct();
    open();
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([this, i] {
            for (int n = 0; n < 500; ++n) {
                if (i == 0 && n == 250) make_way();
                if (i == 0 && n > 250) (void)emitter_->flush();
                emit_trial(std::to_string(i * 1000 + n));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_TRUE(emitter_->flush());
    const Texts all = recorded();
    EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), 2000u);
    EXPECT_EQ(all.size(), 2000u);
}

}  // namespace
}  // namespace daybook::ledger
