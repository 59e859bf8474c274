#include "ledger/owner.h"

#include <algorithm>

#include <fmt/format.h>

#include "json/document.h"
#include "ledger/document_json.h"

namespace daybook::ledger {
namespace {

// So many announced heartbeats may be missed.
constexpr std::int64_t kMissedHeartbeats = 3;
constexpr std::int64_t kAnnouncedMsMax = std::int64_t{1} << 50;

OwnerJudgement judge_process(std::string_view what, std::int64_t pid, std::int64_t start,
                             const os::ProcessLook& process) {
    if (!process.exists) return {OwnerState::kDead, fmt::format("there is no process {}", pid)};
    // It is there, and hidden from the judge: it may be the owner, and it may be a later one.
    if (!process.start_ticks) {
        return {OwnerState::kUnknown, fmt::format("process {} cannot be looked at", pid)};
    }
    if (*process.start_ticks != start) {
        return {OwnerState::kDead,
                fmt::format("process {} is another one: it started at tick {} of this boot, the "
                            "{} at tick {}",
                            pid, *process.start_ticks, what, start)};
    }
    if (process.ended) {
        return {OwnerState::kDead,
                fmt::format("process {} has ended and waits for its parent", pid)};
    }
    return {OwnerState::kAlive, fmt::format("process {} is there", pid)};
}

// The run lives while its owner or the program does: a recorder that was killed does not end what
// it has started.
OwnerJudgement judge_processes(const OwnerFacts& facts) {
    const RunOwner& owner = facts.owner;
    OwnerJudgement judgement =
        judge_process("owner", owner.process.pid, owner.process.pid_start, facts.process);
    const bool may_live_on = judgement.state == OwnerState::kDead && owner.program.pid > 0;
    if (!may_live_on) return judgement;
    OwnerJudgement program =
        judge_process("program", owner.program.pid, owner.program.pid_start, facts.program);
    program.found = fmt::format("{}, and of its program: {}", judgement.found, program.found);
    return program;
}

OwnerJudgement judge_heartbeat(const OwnerFacts& facts, const OwnerJudge& judge,
                               OwnerJudgement otherwise) {
    if (!facts.sends_heartbeats && facts.owner.heartbeat_ms == 0) return otherwise;
    const std::int64_t announced_ms =
        std::min(facts.owner.heartbeat_ms, kAnnouncedMsMax) * kMissedHeartbeats;
    const std::int64_t allowed_ms = std::max(judge.heartbeat_ms_max, announced_ms);
    const std::int64_t silent_ms = judge.now.value() - facts.last_event.value();
    if (silent_ms <= allowed_ms) return otherwise;
    return {OwnerState::kDead,
            fmt::format("no heartbeat: the last event came {} s ago, and {} s are allowed",
                        silent_ms / 1000, allowed_ms / 1000)};
}

// The fields of a process, without the braces around them.
std::string encode_process(const os::ProcessIdentity& process) {
    return fmt::format(
        R"("host":{},"machine_id":{},"boot_id":{},"pid_namespace":{},"pid":{},"pid_start":{})",
        json_string(process.host), json_string(process.machine_id), json_string(process.boot_id),
        json_string(process.pid_namespace), process.pid, process.pid_start);
}

std::string encode_owner(const RunOwner& owner) {
    std::string fields = encode_process(owner.process);
    if (owner.program.pid > 0) {
        fields += fmt::format(R"(,"program_pid":{},"program_pid_start":{})", owner.program.pid,
                              owner.program.pid_start);
    }
    if (owner.heartbeat_ms > 0) fields += fmt::format(R"(,"heartbeat_ms":{})", owner.heartbeat_ms);
    return fields;
}

}  // namespace

RunOwner parse_owner(std::string_view json) {
    RunOwner owner;
    json::Parser parser;
    const auto text = [](json::Node& value) {
        return std::string(value.as_string().value_or(std::string_view()));
    };
    const auto number = [](json::Node& value) { return value.as_int().value_or(0); };
    const bool read = parser.for_each_field(json, 0, [&](std::string_view key, json::Node value) {
        if (key == "host") owner.process.host = text(value);
        if (key == "machine_id") owner.process.machine_id = text(value);
        if (key == "boot_id") owner.process.boot_id = text(value);
        if (key == "pid_namespace") owner.process.pid_namespace = text(value);
        if (key == "pid") owner.process.pid = number(value);
        if (key == "pid_start") owner.process.pid_start = number(value);
        if (key == "program_pid") owner.program.pid = number(value);
        if (key == "program_pid_start") owner.program.pid_start = number(value);
        if (key == "heartbeat_ms") owner.heartbeat_ms = number(value);
    });
    return read ? owner : RunOwner();
}

bool must_look(const os::ProcessIdentity& owner, const os::ProcessIdentity& self) {
    return !owner.boot_id.empty() && owner.boot_id == self.boot_id &&
           !owner.pid_namespace.empty() && owner.pid_namespace == self.pid_namespace &&
           owner.pid > 0 && owner.pid_start > 0;
}

OwnerJudgement judge_owner(const OwnerFacts& facts, const OwnerJudge& judge) {
    const os::ProcessIdentity& owner = facts.owner.process;
    if (must_look(owner, judge.self)) {
        OwnerJudgement judgement = judge_processes(facts);
        if (judgement.state != OwnerState::kUnknown) return judgement;
        return judge_heartbeat(facts, judge, std::move(judgement));
    }
    const bool other_boot = !owner.boot_id.empty() && owner.boot_id != judge.self.boot_id;
    const bool same_machine =
        !owner.machine_id.empty() && owner.machine_id == judge.self.machine_id;
    if (other_boot && same_machine && !judge.self.boot_id.empty()) {
        return {OwnerState::kDead,
                fmt::format("the machine was booted since: boot {}", judge.self.boot_id)};
    }
    return judge_heartbeat(facts, judge,
                           {OwnerState::kUnknown, "its process cannot be seen from here"});
}

void look_at_owner(OwnerFacts& facts, const os::ProcessIdentity& self) {
    if (!must_look(facts.owner.process, self)) return;
    facts.process = os::look_at_process(facts.owner.process.pid);
    if (facts.owner.program.pid > 0) {
        facts.program = os::look_at_process(facts.owner.program.pid);
    }
}

std::string encode_evidence(const OwnerFacts& facts, const OwnerJudge& judge,
                            const OwnerJudgement& judgement) {
    return fmt::format(R"({{"owner":{{{}}},"found":{},"judge":{{{}}},"judged_at_ms":{}}})",
                       encode_owner(facts.owner), json_string(judgement.found),
                       encode_process(judge.self), judge.now.value());
}

}  // namespace daybook::ledger
