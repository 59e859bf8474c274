#include "ledger/owner.h"

#include <gtest/gtest.h>

namespace daybook::ledger {
namespace {

constexpr os::ProcessLook kNoProcess{};
constexpr os::ProcessLook kSameProcess{.exists = true, .start_ticks = 500};
constexpr os::ProcessLook kLaterProcess{.exists = true, .start_ticks = 501};
constexpr os::ProcessLook kZombie{.exists = true, .ended = true, .start_ticks = 500};
constexpr os::ProcessLook kHidden{.exists = true};

os::ProcessIdentity process() {
    return {.host = "h",
            .machine_id = "m",
            .boot_id = "b",
            .pid_namespace = "pid:[1]",
            .pid = 42,
            .pid_start = 500};
}

OwnerJudge judge() {
    OwnerJudge judge{.self = process(), .now = TimestampMs(1'000'000), .heartbeat_ms_max = 60'000};
    judge.self.pid = 7;
    judge.self.pid_start = 9;
    return judge;
}

OwnerState state_of(const os::ProcessIdentity& owner, const os::ProcessLook& look) {
    return judge_owner({.owner = {.process = owner}, .process = look}, judge()).state;
}

TEST(Owner, OfTheJudgesBootAndNamespaceIsJudgedByItsProcess) {
    EXPECT_EQ(state_of(process(), kSameProcess), OwnerState::kAlive);
    EXPECT_EQ(state_of(process(), kNoProcess), OwnerState::kDead);
    EXPECT_EQ(state_of(process(), kLaterProcess), OwnerState::kDead);
    EXPECT_EQ(state_of(process(), kZombie), OwnerState::kDead);
    // A zombie of another start is a later process, too.
    EXPECT_EQ(state_of(process(), kHidden), OwnerState::kUnknown);
}

// A program outlives the recorder that was killed, and a recorder works on after its program.
TEST(Owner, LivesWhileItsProgramDoes) {
    const auto judged = [](const os::ProcessLook& recorder, const os::ProcessLook& program) {
        const RunOwner owner{.process = process(), .program = {.pid = 43, .pid_start = 500}};
        return judge_owner({.owner = owner, .process = recorder, .program = program}, judge());
    };
    EXPECT_EQ(judged(kSameProcess, kNoProcess).state, OwnerState::kAlive);
    EXPECT_EQ(judged(kNoProcess, kSameProcess).state, OwnerState::kAlive);
    EXPECT_EQ(judged(kLaterProcess, kSameProcess).state, OwnerState::kAlive);
    EXPECT_EQ(judged(kNoProcess, kHidden).state, OwnerState::kUnknown);
    EXPECT_EQ(judged(kHidden, kNoProcess).state, OwnerState::kUnknown);
    EXPECT_EQ(judged(kZombie, kLaterProcess).state, OwnerState::kDead);
    EXPECT_EQ(judged(kNoProcess, kNoProcess).state, OwnerState::kDead);
    EXPECT_EQ(judged(kNoProcess, kNoProcess).found,
              "there is no process 42, and of its program: there is no process 43");
}

TEST(Owner, OfAnotherBootOfThisMachineIsDead) {
    os::ProcessIdentity owner = process();
    owner.boot_id = "earlier";
    EXPECT_EQ(state_of(owner, kSameProcess), OwnerState::kDead);
    // In a namespace of its own just the same.
    owner.pid_namespace = "pid:[2]";
    EXPECT_EQ(state_of(owner, kNoProcess), OwnerState::kDead);
}

// Each fact that is missing or differs, by itself, makes the rest uncertain.
TEST(Owner, IsUnknownWhereAnythingIsUncertain) {
    const auto unknown = [](auto change) {
        os::ProcessIdentity owner = process();
        change(owner);
        EXPECT_EQ(state_of(owner, kNoProcess), OwnerState::kUnknown);
    };
    unknown([](auto& owner) { owner = {}; });
    unknown([](auto& owner) { owner.boot_id.clear(); });
    unknown([](auto& owner) { owner.pid_namespace = "pid:[2]"; });
    unknown([](auto& owner) { owner.pid_namespace.clear(); });
    unknown([](auto& owner) { owner.pid = 0; });
    unknown([](auto& owner) { owner.pid_start = 0; });
    unknown([](auto& owner) {
        owner.boot_id = "other";
        owner.machine_id = "another machine";
    });
    unknown([](auto& owner) {
        owner.boot_id = "other";
        owner.machine_id.clear();
    });
}

TEST(Owner, AJudgeWhoDoesNotKnowHimselfJudgesNobody) {
    OwnerJudge blind = judge();
    blind.self.boot_id.clear();
    blind.self.pid_namespace.clear();
    EXPECT_EQ(judge_owner({.owner = {.process = process()}, .process = kNoProcess}, blind).state,
              OwnerState::kUnknown);
}

TEST(Owner, ThatIsUnknownIsDeadOnceItsHeartbeatIsMissed) {
    OwnerFacts facts{.sends_heartbeats = true, .last_event = TimestampMs(1'000'000 - 60'000)};
    EXPECT_EQ(judge_owner(facts, judge()).state, OwnerState::kUnknown);
    facts.last_event = TimestampMs(1'000'000 - 60'001);
    EXPECT_EQ(judge_owner(facts, judge()).state, OwnerState::kDead);
    facts.sends_heartbeats = false;
    EXPECT_EQ(judge_owner(facts, judge()).state, OwnerState::kUnknown);
}

TEST(Owner, ThatHasAnnouncedRareHeartbeatsMayBeSilentForThreeOfThem) {
    OwnerFacts facts{.owner = {.heartbeat_ms = 100'000},
                     .last_event = TimestampMs(1'000'000 - 300'000)};
    EXPECT_EQ(judge_owner(facts, judge()).state, OwnerState::kUnknown);
    facts.last_event = TimestampMs(1'000'000 - 300'001);
    EXPECT_EQ(judge_owner(facts, judge()).state, OwnerState::kDead);
    // Frequent ones buy no stricter judge.
    facts.owner.heartbeat_ms = 1;
    facts.last_event = TimestampMs(1'000'000 - 60'000);
    EXPECT_EQ(judge_owner(facts, judge()).state, OwnerState::kUnknown);
}

TEST(Owner, ThatIsSeenAliveNeedsNoHeartbeat) {
    const OwnerFacts facts{.owner = {.process = process()},
                           .process = kSameProcess,
                           .sends_heartbeats = true,
                           .last_event = {}};
    EXPECT_EQ(judge_owner(facts, judge()).state, OwnerState::kAlive);
}

TEST(Owner, IsReadFromTheColumnOfTheTable) {
    EXPECT_EQ(parse_owner(R"({"host":"h","machine_id":"m","boot_id":"b",)"
                          R"("pid_namespace":"pid:[1]","pid":42,"pid_start":500,"more":[1],)"
                          R"("program_pid":43,"program_pid_start":501,"heartbeat_ms":30000})"),
              (RunOwner{.process = process(), .program = {43, 501}, .heartbeat_ms = 30'000}));
    EXPECT_EQ(parse_owner(R"({"pid":"42","boot_id":7})"), RunOwner());
    EXPECT_EQ(parse_owner(""), RunOwner());
    EXPECT_EQ(parse_owner("null"), RunOwner());
}

TEST(Owner, EvidenceSaysWhoWasLookedForAndWhatWasFound) {
    const OwnerFacts facts{.owner = {.process = process()}, .process = kNoProcess};
    EXPECT_EQ(encode_evidence(facts, judge(), judge_owner(facts, judge())),
              R"({"owner":{"host":"h","machine_id":"m","boot_id":"b","pid_namespace":"pid:[1]",)"
              R"("pid":42,"pid_start":500},"found":"there is no process 42",)"
              R"("judge":{"host":"h","machine_id":"m","boot_id":"b","pid_namespace":"pid:[1]",)"
              R"("pid":7,"pid_start":9},"judged_at_ms":1000000})");
}

}  // namespace
}  // namespace daybook::ledger
