#include <vector>

#include "arguments.h"
#include "functions.h"
#include "run.h"

namespace daybook::node {
namespace {

Phase* phase_of(const Napi::CallbackInfo& info) {
    Phase* const phase = instance_of(info).phases.peek(index_of(info[0]));
    if (phase == nullptr) throw_misuse(info.Env(), "phase: it has ended already");
    return phase;
}

// (run, name: string, order: number | undefined) => number
Napi::Value begin_phase(const Napi::CallbackInfo& info) {
    const std::shared_ptr<Run> run = instance_of(info).runs.at(index_of(info[0]));
    if (run_of(info) == nullptr) return {};
    const std::string name = text_of(info[1]);
    const std::optional<std::int64_t> order = optional_integer(info[2]);
    daybook_phase* handle = nullptr;
    Caught caught;
    const daybook_code code = daybook_run_begin_phase(
        run->handle, borrowed(name), order ? &*order : nullptr, &handle, caught.out());
    if (!caught.passes(info.Env(), code)) return {};
    const std::size_t index = instance_of(info).phases.add(std::make_shared<Phase>(run, handle));
    run->phases.push_back(index);
    return Napi::Number::New(info.Env(), static_cast<double>(index));
}

// (phase, outputSummary: json) => void
void complete_phase(const Napi::CallbackInfo& info) {
    const Phase* const phase = phase_of(info);
    if (phase == nullptr) return;
    const std::optional<std::string> summary = optional_text(info[1]);
    Caught caught;
    caught.passes(info.Env(),
                  daybook_phase_complete(phase->handle, json_object(summary), caught.out()));
}

// (phase, message: string, options) => void
void fail_phase(const Napi::CallbackInfo& info) {
    const Phase* const phase = phase_of(info);
    if (phase == nullptr) return;
    const std::string message = text_of(info[1]);
    const FailureText text(info[2].As<Napi::Object>());
    const daybook_failure_options options = text.options();
    Caught caught;
    caught.passes(info.Env(),
                  daybook_phase_fail(phase->handle, borrowed(message), &options, caught.out()));
}

// (phase) => void
void free_phase(const Napi::CallbackInfo& info) {
    const Phase* const phase = phase_of(info);
    if (phase == nullptr) return;
    const std::size_t index = index_of(info[0]);
    std::erase(phase->run->phases, index);
    instance_of(info).phases.remove(index);
}

}  // namespace

void add_phase_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("beginPhase", Napi::Function::New<begin_phase>(env));
    exports.Set("completePhase", Napi::Function::New<complete_phase>(env));
    exports.Set("failPhase", Napi::Function::New<fail_phase>(env));
    exports.Set("freePhase", Napi::Function::New<free_phase>(env));
}

}  // namespace daybook::node
