#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "arguments.h"
#include "functions.h"
#include "gatherings.h"
#include "quiet_thread.h"
#include "run.h"

namespace daybook::node {
namespace {

// So long the end of a thread or of the process waits for git.
constexpr std::chrono::milliseconds kPatience{1000};

}  // namespace

class Gatherings::Gathering {
public:
    Gathering(std::unique_ptr<Run> run, std::string packages, std::int64_t limit_ms)
        : run_(std::move(run)), packages_(std::move(packages)) {
        thread_ = quiet_thread([this, limit_ms] { gather(limit_ms); });
        if (thread_.joinable()) return;
        done_ = true;
        count("gather the state of the code: no thread to be had");
    }
    ~Gathering() {
        daybook_run_give_up_environment(run_->handle);
        if (thread_.joinable()) thread_.join();
    }
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;

    // Whether it is done, for which it waits so long at most.
    bool is_done(std::chrono::milliseconds patience) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return done_; });
    }

private:
    void gather(std::int64_t limit_ms) {
        daybook_object packages = daybook_no_fields();
        packages.json = borrowed(packages_);
        Caught caught;
        const daybook_code code =
            daybook_run_record_environment(run_->handle, packages, limit_ms, caught.out());
        if (code != DAYBOOK_OK) count(caught.message());
        const std::lock_guard lock(mutex_);
        done_ = true;
        changed_.notify_all();
    }

    void count(const char* message) {
        daybook_run_count_failure(run_->handle, daybook_text(message));
    }

    const std::unique_ptr<Run> run_;
    const std::string packages_;
    std::mutex mutex_;
    std::condition_variable changed_;
    bool done_ = false;
    std::thread thread_;
};

Gatherings::Gatherings() = default;
Gatherings::~Gatherings() = default;

void Gatherings::begin(std::unique_ptr<Run> run, std::string packages, std::int64_t limit_ms) {
    constexpr std::chrono::milliseconds kNone{0};
    std::erase_if(all_, [&](const auto& gathering) { return gathering->is_done(kNone); });
    all_.push_back(std::make_unique<Gathering>(std::move(run), std::move(packages), limit_ms));
}

void Gatherings::finish() {
    // The others began before it, and go on beside it.
    if (!all_.empty()) (void)all_.back()->is_done(kPatience);
    all_.clear();
}

namespace {

// (run, packages: json, limitMs: number) => void
void record_environment(const Napi::CallbackInfo& info) {
    const Run* const run = run_of(info);
    if (run == nullptr) return;
    // A handle of its own, so that the run can be ended and freed meanwhile.
    daybook_run* attached = nullptr;
    Caught caught;
    const daybook_code code = daybook_ledger_attach(
        run->ledger->handle, daybook_text(daybook_run_id(run->handle)), &attached, caught.out());
    if (!caught.passes(info.Env(), code)) return;
    instance_of(info).gatherings.begin(std::make_unique<Run>(run->ledger, attached, true),
                                       text_of(info[1]), optional_integer(info[2]).value_or(0));
}

}  // namespace

void add_environment_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("recordEnvironment", Napi::Function::New<record_environment>(env));
}

}  // namespace daybook::node
