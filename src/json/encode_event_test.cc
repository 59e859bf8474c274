#include "json/encode_event.h"

#include <array>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/limits.h"

namespace daybook::json {
namespace {

constexpr std::string_view kZeros = "000000000000000000000000000000000000";

// What follows `"run_id":"…"` of the payload's draft; the message after "! " of one that is
// refused.
std::string encoded(const event::Payload& payload, std::string_view run_id = "r1") {
    std::string out = "before";
    const Result<Draft> draft = encode_event(run_id, payload, out);
    if (!draft) {
        EXPECT_EQ(out, "before") << "an error must leave the string as it was";
        return "! " + draft.error().message();
    }
    std::string line = out.substr(6);
    EXPECT_EQ(line.substr(draft->event_id_at, kZeros.size()), kZeros);
    EXPECT_EQ(line.substr(draft->timestamp_at, kTimestampHole.size()), kTimestampHole);
    const std::string head = "{\"event_type\":\"" + std::string(event::type_of(payload)) +
                             "\",\"event_id\":\"" + std::string(kZeros) +
                             "\",\"timestamp_ms\":0000000000000,\"run_id\":\"" +
                             std::string(run_id) + "\"";
    EXPECT_EQ(line.substr(0, head.size()), head);
    line.erase(0, head.size());
    EXPECT_TRUE(line.empty() || nlohmann::json::accept("{" + line.substr(1) + "}")) << line;
    return line;
}

const std::string kSha(64, 'a');
constexpr std::array<std::string_view, 2> kNames = {"a", "b"};
const event::Failure kFailure{
    .message = "m", .kind = "k", .trace = "t", .phase_name = "p", .extra = Json{"{\"x\":1}"}};
constexpr std::string_view kFailureText =
    R"({"message":"m","kind":"k","trace":"t","phase_name":"p","x":1})";

// A payload and what it must look like.
using Case = std::pair<event::Payload, std::string>;

constexpr Json kObject{"{\"k\":1}"};
constexpr Json kStrings{"{\"k\":\"v\"}"};
const std::string kFailureString(kFailureText);

std::vector<Case> run_cases() {
    const event::Environment environment{.host = "h",
                                         .user = "u",
                                         .cwd = "/c",
                                         .argv = kNames,
                                         .git_commit = "c",
                                         .git_branch = "b",
                                         .git_dirty = true,
                                         .git_diff_sha256 = kSha,
                                         .packages = Fields(Json{"{\"p\":\"1\"}"}),
                                         .daybook_version = "0.1",
                                         .compiler = "g++"};
    const event::Owner owner{.host = "h",
                             .machine_id = "m",
                             .boot_id = "b",
                             .pid_namespace = "n",
                             .pid = 7,
                             .pid_start = 8};
    return {
        {event::RunCreated{.run_type = "policy",
                           .config = kObject,
                           .data_fingerprint = "",
                           .name = "n",
                           .experiment = "e",
                           .parent_run_id = "p",
                           .tags = Fields(kStrings),
                           .environment = environment,
                           .seed = -1},
         R"(,"run_type":"policy","config":{"k":1},"data_fingerprint":"","name":"n","experiment":"e",)"
         R"("parent_run_id":"p","tags":{"k":"v"},"environment":{"host":"h","user":"u","cwd":"/c",)"
         R"("argv":["a","b"],"git_commit":"c","git_branch":"b","git_dirty":true,"git_diff_sha256":")" +
             kSha +
             R"(","packages":{"p":"1"},"daybook_version":"0.1","compiler":"g++"},"seed":-1)"},
        {event::RunEnvironment{.git_commit = "c",
                               .git_branch = "b",
                               .git_dirty = false,
                               .git_diff_sha256 = kSha,
                               .packages = Fields(kStrings),
                               .incomplete = kNames},
         R"(,"git_commit":"c","git_branch":"b","git_dirty":false,"git_diff_sha256":")" + kSha +
             R"(","packages":{"k":"v"},"incomplete":["a","b"])"},
        {event::RunStarted{.attempt = 2, .owner = owner},
         R"(,"attempt":2,"owner":{"host":"h","machine_id":"m","boot_id":"b","pid_namespace":"n","pid":7,"pid_start":8})"},
        {event::RunCompleted{.summary = kObject, .artifact_paths = kStrings, .attempt = 1},
         R"(,"summary":{"k":1},"artifact_paths":{"k":"v"},"attempt":1)"},
        {event::RunFailed{.error = kFailure,
                          .summary = Fields(kObject),
                          .artifact_paths = Fields(kStrings),
                          .attempt = 1},
         R"(,"error":)" + kFailureString +
             R"(,"summary":{"k":1},"artifact_paths":{"k":"v"},"attempt":1)"},
        {event::RunCancelled{.reason = "r", .attempt = 1}, R"(,"reason":"r","attempt":1)"},
        {event::RunInterrupted{.evidence = kObject, .attempt = 1},
         R"(,"evidence":{"k":1},"attempt":1)"},
        {event::RunHeartbeat{.extra = kObject}, R"(,"k":1)"},
    };
}

std::vector<Case> tag_and_phase_cases() {
    return {
        {event::RunTagged{.tags = Json{"{\"k\":null}"}, .note = "n", .author = "a"},
         R"(,"tags":{"k":null},"note":"n","author":"a")"},
        {event::RunDeleted{.reason = "r", .author = "a"}, R"(,"reason":"r","author":"a")"},
        {event::RunRestored{.reason = "r", .author = "a"}, R"(,"reason":"r","author":"a")"},
        {event::PhaseStarted{.phase_name = "p", .phase_order = 0, .iteration = 1},
         R"(,"phase_name":"p","phase_order":0,"iteration":1)"},
        {event::PhaseCompleted{.phase_name = "p",
                               .duration_ms = 5,
                               .output_summary = kObject,
                               .phase_order = 0,
                               .iteration = 1},
         R"(,"phase_name":"p","duration_ms":5,"output_summary":{"k":1},"phase_order":0,"iteration":1)"},
        {event::PhaseFailed{.phase_name = "p",
                            .error = kFailure,
                            .duration_ms = 5,
                            .phase_order = 0,
                            .iteration = 1},
         R"(,"phase_name":"p","error":)" + kFailureString +
             R"(,"duration_ms":5,"phase_order":0,"iteration":1)"},
    };
}

std::vector<Case> trial_cases() {
    return {
        {event::TrialRecorded{.trial_id = "t",
                              .params = kObject,
                              .metrics = kObject,
                              .state = event::TrialState::kPruned,
                              .feasible = false,
                              .violations = kNames,
                              .started_at_ms = 3,
                              .duration_ms = 4,
                              .error = kFailure,
                              .nonfinite = Fields(Json{"{\"/metrics/x\":\"NaN\"}"})},
         R"(,"trial_id":"t","params":{"k":1},"metrics":{"k":1},"state":"pruned","feasible":false,)"
         R"("violations":["a","b"],"started_at_ms":3,"duration_ms":4,"error":)" +
             kFailureString + R"(,"nonfinite":{"/metrics/x":"NaN"})"},
        {event::MetricRecorded{.metrics = kObject, .step = -3, .trial_id = "t"},
         R"(,"metrics":{"k":1},"step":-3,"trial_id":"t")"},
        {event::BaselineCompleted{.alerts_total = 2, .alerts_ok = 1, .artifact_path = "p"},
         R"(,"alerts_total":2,"alerts_ok":1,"artifact_path":"p")"},
        {event::ArtifactCreated{.artifact_type = "t",
                                .artifact_path = "p",
                                .size_bytes = 9,
                                .sha256 = kSha,
                                .rows = 0,
                                .format = "f",
                                .trial_id = "i"},
         R"(,"artifact_type":"t","artifact_path":"p","size_bytes":9,"sha256":")" + kSha +
             R"(","rows":0,"format":"f","trial_id":"i")"},
    };
}

std::vector<Case> ledger_cases() {
    return {
        {event::ViewSaved{.name = "n", .view = kObject}, R"(,"name":"n","view":{"k":1})"},
        {event::LedgerRetained{.first_day = "2026-01-01",
                               .last_day = "2026-01-02",
                               .events = 1,
                               .bytes = 2,
                               .sha256 = kSha,
                               .event_types = kNames,
                               .reason = "r",
                               .author = "a"},
         R"(,"first_day":"2026-01-01","last_day":"2026-01-02","events":1,"bytes":2,"sha256":")" +
             kSha + R"(","event_types":["a","b"],"reason":"r","author":"a")"},
        {event::LedgerRepaired{.part = "p",
                               .offset = 1,
                               .bytes = 2,
                               .reason = "r",
                               .evidence_path = "e",
                               .sha256 = kSha,
                               .events = 3,
                               .author = "a"},
         R"(,"part":"p","offset":1,"bytes":2,"reason":"r","evidence_path":"e","sha256":")" + kSha +
             R"(","events":3,"author":"a")"},
        {event::LedgerImported{.source = "s",
                               .events = 1,
                               .runs = 2,
                               .skipped = 3,
                               .first_day = "2026-01-01",
                               .last_day = "2026-01-02",
                               .sha256 = kSha,
                               .author = "a"},
         R"(,"source":"s","events":1,"runs":2,"skipped":3,"first_day":"2026-01-01","last_day":"2026-01-02","sha256":")" +
             kSha + R"(","author":"a")"},
    };
}

// Every type with every field.
std::vector<Case> all_fields() {
    std::vector<Case> all;
    for (const auto& part : {run_cases(), tag_and_phase_cases(), trial_cases(), ledger_cases()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

std::string_view run_of(const event::Payload& payload) {
    const std::string_view type = event::type_of(payload);
    return type.starts_with("ledger.") || type.starts_with("view.") ? kLedgerRunId : "r1";
}

TEST(EncodeEvent, EveryFieldOfEveryTypeIsWrittenInTheOrderOfItsSchema) {
    std::array<bool, event::kTypes.size()> seen{};
    for (const auto& [payload, expected] : all_fields()) {
        EXPECT_EQ(encoded(payload, run_of(payload)), expected);
        seen.at(payload.index()) = true;
    }
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_TRUE(seen.at(i)) << event::kTypes[i];
}

TEST(EncodeEvent, WhatIsUnsetIsNotWritten) {
    EXPECT_EQ(encoded(event::RunHeartbeat{}), "");
    EXPECT_EQ(encoded(event::RunStarted{.owner = event::Owner{}}), R"(,"owner":{})");
    EXPECT_EQ(encoded(event::TrialRecorded{.trial_id = "t", .params = {}, .metrics = {}}),
              R"(,"trial_id":"t","params":{},"metrics":{})");
}

TEST(EncodeEvent, TheRunIdIsChecked) {
    for (const std::string& id : {std::string(), std::string(257, 'x'), std::string("a\nb"),
                                  std::string("_ledger"), std::string("\xff")}) {
        const std::string message = encoded(event::RunHeartbeat{}, id);
        EXPECT_TRUE(message.starts_with("! emit run.heartbeat: /run_id: found ")) << message;
    }
    EXPECT_EQ(encoded(event::RunHeartbeat{}, std::string(256, 'x')), "");
    EXPECT_EQ(encoded(event::ViewSaved{.name = "n", .view = {}}, "r1"),
              "! emit view.saved: /run_id: found \"r1\" (2 bytes), expected `_ledger`, as in all "
              "events of "
              "`ledger.*` and `view.*`");
}

TEST(EncodeEvent, NamesAreChecked) {
    EXPECT_EQ(encoded(event::PhaseStarted{.phase_name = "", .phase_order = 0}),
              "! emit phase.started: /phase_name: found \"\" (0 bytes), expected a name of 1 to "
              "256 bytes "
              "without control characters");
    EXPECT_EQ(encoded(event::PhaseStarted{.phase_name = "p", .phase_order = -1}),
              "! emit phase.started: /phase_order: found -1, expected an integer of at least 0");
}

TEST(EncodeEvent, AWrongValueIsRefusedWithItsPointer) {
    EXPECT_EQ(
        encoded(event::TrialRecorded{
            .trial_id = "t", .params = {}, .metrics = {{"sharpe", std::nan("")}}}),
        "! emit trial.recorded: /metrics/sharpe: found NaN, expected a finite number: JSON has no "
        "form for it; leave the field out");
    EXPECT_EQ(encoded(event::MetricRecorded{.metrics = {{"loss", "low"}}}),
              "! emit metric.recorded: /metrics/loss: found a string, expected a number");
    EXPECT_EQ(encoded(event::PhaseFailed{
                  .phase_name = "p", .error = {.message = "\xff"}, .duration_ms = 0}),
              "! emit phase.failed: /error/message: found byte 0xff at offset 0, expected UTF-8");
    EXPECT_EQ(encoded(event::RunCompleted{.summary = Json{"[]"}, .artifact_paths = {}}),
              "! emit run.completed: /summary: found an array, expected an object");
}

TEST(EncodeEvent, ExtraFieldsMayNotStandInForTheTypesOwn) {
    EXPECT_EQ(encoded(event::RunStarted{.extra = {{"attempt", 2}}}).substr(0, 2), "! ");
    EXPECT_EQ(encoded(event::RunStarted{.extra = {{"checksum", "0"}}}).substr(0, 2), "! ");
    EXPECT_EQ(encoded(event::RunStarted{.extra = {{"cluster", "a"}}}), R"(,"cluster":"a")");
}

TEST(EncodeEvent, ALineOverTheLimitIsRefused) {
    const std::string note(kLineBytesMax, 'x');
    std::string out;
    const Result<Draft> draft = encode_event("r1", event::RunTagged{.tags = {}, .note = note}, out);
    ASSERT_FALSE(draft.has_value());
    EXPECT_EQ(draft.error().code(), ErrorCode::kLimit);
    EXPECT_TRUE(draft.error().message().starts_with(
        fmt::format("emit run.tagged: /note: it has {} bytes of a line of ", kLineBytesMax + 2)))
        << draft.error().message();
    EXPECT_TRUE(out.empty());
    EXPECT_TRUE(
        encode_event("r1",
                     event::RunTagged{.tags = {}, .note = note.substr(0, kLineBytesMax - 512)}, out)
            .has_value());
}

TEST(EncodeEvent, NothingIsAllocatedInTheSteadyState) {
    std::string out;
    const event::Payload payload = event::TrialRecorded{
        .trial_id = "t", .params = {}, .metrics = {}, .state = event::TrialState::kFailed};
    ASSERT_TRUE(encode_event("r1", payload, out).has_value());
    const char* const buffer = out.data();
    const std::size_t capacity = out.capacity();
    for (int i = 0; i < 1000; ++i) {
        out.clear();
        ASSERT_TRUE(encode_event("r1", payload, out).has_value());
    }
    EXPECT_EQ(out.data(), buffer);
    EXPECT_EQ(out.capacity(), capacity);
}

}  // namespace
}  // namespace daybook::json
