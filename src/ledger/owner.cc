#include "ledger/owner.h"

#include <fmt/format.h>

#include "json/document.h"
#include "ledger/document_json.h"

namespace daybook::ledger {
namespace {

OwnerJudgement judge_process(const OwnerFacts& facts) {
    const os::ProcessLook& process = facts.process;
    const std::int64_t pid = facts.owner.pid;
    if (!process.exists) return {OwnerState::kDead, fmt::format("there is no process {}", pid)};
    // It is there, and hidden from the judge: it may be the owner, and it may be a later one.
    if (!process.start_ticks) {
        return {OwnerState::kUnknown, fmt::format("process {} cannot be looked at", pid)};
    }
    if (*process.start_ticks != facts.owner.pid_start) {
        return {OwnerState::kDead,
                fmt::format("process {} is another one: it started at tick {} of this boot, the "
                            "owner at tick {}",
                            pid, *process.start_ticks, facts.owner.pid_start)};
    }
    if (process.ended) {
        return {OwnerState::kDead,
                fmt::format("process {} has ended and waits for its parent", pid)};
    }
    return {OwnerState::kAlive, fmt::format("process {} is there", pid)};
}

OwnerJudgement judge_heartbeat(const OwnerFacts& facts, const OwnerJudge& judge,
                               OwnerJudgement otherwise) {
    if (!facts.sends_heartbeats) return otherwise;
    const std::int64_t silent_ms = judge.now.value() - facts.last_event.value();
    if (silent_ms <= judge.heartbeat_ms_max) return otherwise;
    return {OwnerState::kDead,
            fmt::format("no heartbeat: the last event came {} s ago, and {} s are allowed",
                        silent_ms / 1000, judge.heartbeat_ms_max / 1000)};
}

std::string encode_process(const os::ProcessIdentity& process) {
    return fmt::format(
        R"({{"host":{},"machine_id":{},"boot_id":{},"pid_namespace":{},"pid":{},"pid_start":{}}})",
        json_string(process.host), json_string(process.machine_id), json_string(process.boot_id),
        json_string(process.pid_namespace), process.pid, process.pid_start);
}

}  // namespace

os::ProcessIdentity parse_owner(std::string_view json) {
    os::ProcessIdentity owner;
    json::Parser parser;
    const auto text = [](json::Node& value) {
        return std::string(value.as_string().value_or(std::string_view()));
    };
    const bool read = parser.for_each_field(json, 0, [&](std::string_view key, json::Node value) {
        if (key == "host") owner.host = text(value);
        if (key == "machine_id") owner.machine_id = text(value);
        if (key == "boot_id") owner.boot_id = text(value);
        if (key == "pid_namespace") owner.pid_namespace = text(value);
        if (key == "pid") owner.pid = value.as_int().value_or(0);
        if (key == "pid_start") owner.pid_start = value.as_int().value_or(0);
    });
    return read ? owner : os::ProcessIdentity();
}

bool must_look(const os::ProcessIdentity& owner, const os::ProcessIdentity& self) {
    return !owner.boot_id.empty() && owner.boot_id == self.boot_id &&
           !owner.pid_namespace.empty() && owner.pid_namespace == self.pid_namespace &&
           owner.pid > 0 && owner.pid_start > 0;
}

OwnerJudgement judge_owner(const OwnerFacts& facts, const OwnerJudge& judge) {
    const os::ProcessIdentity& owner = facts.owner;
    if (must_look(owner, judge.self)) {
        OwnerJudgement judgement = judge_process(facts);
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

std::string encode_evidence(const OwnerFacts& facts, const OwnerJudge& judge,
                            const OwnerJudgement& judgement) {
    return fmt::format(R"({{"owner":{},"found":{},"judge":{},"judged_at_ms":{}}})",
                       encode_process(facts.owner), json_string(judgement.found),
                       encode_process(judge.self), judge.now.value());
}

}  // namespace daybook::ledger
