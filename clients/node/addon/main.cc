// The addon: include/daybook/daybook.h for JavaScript, as plain functions on numbers.
//
// What users see is in lib/; this is only the border.
#include <napi.h>

#include "functions.h"
#include "handles.h"
#include "signals.h"

namespace daybook::node {

Instance& instance_of(const Napi::CallbackInfo& info) {
    return *info.Env().GetInstanceData<Instance>();
}

Instance::~Instance() {
    constexpr const char* kReason = "the thread was terminated";
    for (const auto& phase : phases.all()) {
        if (phase) (void)daybook_phase_fail(phase->handle, daybook_text(kReason), nullptr, nullptr);
    }
    for (const auto& run : runs.all()) {
        if (!run || run->ended.exchange(true)) continue;
        unwatch_run(run.get());
        (void)daybook_run_cancel(run->handle, daybook_text(kReason), nullptr);
    }
}

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
    env.SetInstanceData<Instance>(new Instance());
    exports.Set("version", daybook_version());
    add_ledger_functions(env, exports);
    add_run_functions(env, exports);
    add_phase_functions(env, exports);
    add_record_functions(env, exports);
    add_environment_functions(env, exports);
    add_signal_functions(env, exports);
    return exports;
}

}  // namespace
}  // namespace daybook::node

static Napi::Object init_addon(Napi::Env env, Napi::Object exports) {
    return daybook::node::init(env, exports);
}

NODE_API_MODULE(daybook, init_addon)
