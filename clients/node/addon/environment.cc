#include "arguments.h"
#include "functions.h"
#include "run.h"

namespace daybook::node {
namespace {

// Gathers the state of the code on a thread of libuv's pool.  Ends within its limit by itself.
class Environment : public Napi::AsyncWorker {
public:
    Environment(Napi::Env env, std::unique_ptr<Run> run, std::string packages,
                std::int64_t limit_ms)
        : Napi::AsyncWorker(env, "daybook"),
          deferred_(Napi::Promise::Deferred::New(env)),
          run_(std::move(run)),
          packages_(std::move(packages)),
          limit_ms_(limit_ms) {}

    Napi::Promise promise() const { return deferred_.Promise(); }

    void Execute() override {
        daybook_object packages = daybook_no_fields();
        packages.json = borrowed(packages_);
        Caught caught;
        const daybook_code code =
            daybook_run_record_environment(run_->handle, packages, limit_ms_, caught.out());
        if (code != DAYBOOK_OK) SetError(caught.message());
    }
    void OnOK() override { deferred_.Resolve(Env().Undefined()); }
    void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

private:
    Napi::Promise::Deferred deferred_;
    std::unique_ptr<Run> run_;
    std::string packages_;
    std::int64_t limit_ms_;
};

// (run, packages: json, limitMs: number) => Promise<void>
Napi::Value record_environment(const Napi::CallbackInfo& info) {
    const Run* const run = run_of(info);
    if (run == nullptr) return {};
    // A handle of its own, so that the run can be ended and freed meanwhile.
    daybook_run* attached = nullptr;
    Caught caught;
    const daybook_code code = daybook_ledger_attach(
        run->ledger->handle, daybook_text(daybook_run_id(run->handle)), &attached, caught.out());
    if (!caught.passes(info.Env(), code)) return {};
    auto own = std::make_unique<Run>(run->ledger, attached, true);
    // Deletes itself when it is done.
    auto* const worker = new Environment(info.Env(), std::move(own), text_of(info[1]),
                                         optional_integer(info[2]).value_or(0));
    worker->Queue();
    return worker->promise();
}

}  // namespace

void add_environment_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("recordEnvironment", Napi::Function::New<record_environment>(env));
}

}  // namespace daybook::node
