// The addon: include/daybook/daybook.h for JavaScript, as plain functions on numbers.
//
// What users see is in lib/; this is only the border.
#include <napi.h>

#include "functions.h"
#include "handles.h"

namespace daybook::node {

Instance& instance_of(const Napi::CallbackInfo& info) {
    return *info.Env().GetInstanceData<Instance>();
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
    add_ending_functions(env, exports);
    add_signal_functions(env, exports);
    return exports;
}

}  // namespace
}  // namespace daybook::node

static Napi::Object init_addon(Napi::Env env, Napi::Object exports) {
    return daybook::node::init(env, exports);
}

NODE_API_MODULE(daybook, init_addon)
