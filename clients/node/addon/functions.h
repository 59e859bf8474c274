// The functions of the addon, by the file that has them.  lib/native.ts says what each takes.
#pragma once

#include <napi.h>

namespace daybook::node {

void add_ledger_functions(Napi::Env env, Napi::Object exports);
void add_run_functions(Napi::Env env, Napi::Object exports);
void add_phase_functions(Napi::Env env, Napi::Object exports);
void add_record_functions(Napi::Env env, Napi::Object exports);
void add_environment_functions(Napi::Env env, Napi::Object exports);
void add_ending_functions(Napi::Env env, Napi::Object exports);
void add_signal_functions(Napi::Env env, Napi::Object exports);

}  // namespace daybook::node
