#include "signals.h"

#include <semaphore.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "arguments.h"
#include "functions.h"

namespace daybook::node {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

// What the handler may touch; never destroyed, because a signal may come at any time.
struct Arrival {
    std::atomic<int> signal{0};
    sem_t wake;
};
Arrival g_arrival;
static_assert(std::atomic<int>::is_always_lock_free);

void on_signal(int signal) {
    int none = 0;
    if (g_arrival.signal.compare_exchange_strong(none, signal)) {
        sem_post(&g_arrival.wake);
        return;
    }
    // Whoever sends it again does not want to wait for us.
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

const char* name_of(int signal) {
    switch (signal) {
        case SIGINT: return "SIGINT";
        case SIGTERM: return "SIGTERM";
        case SIGHUP: return "SIGHUP";
        default: return "a signal";
    }
}

bool has_handler(int signal, void (*handler)(int)) {
    struct sigaction current{};
    return sigaction(signal, nullptr, &current) == 0 && (current.sa_flags & SA_SIGINFO) == 0 &&
           current.sa_handler == handler;
}

void set_handler(int signal, void (*handler)(int)) {
    struct sigaction wanted{};
    wanted.sa_handler = handler;
    wanted.sa_flags = SA_RESTART;
    sigemptyset(&wanted.sa_mask);
    sigaction(signal, &wanted, nullptr);
}

class Watch {
public:
    void add(const std::shared_ptr<Run>& run) {
        const std::lock_guard lock(mutex_);
        runs_.push_back(run);
        if (!started_) start();
        arm();
    }

    void remove(const Run* run) {
        const std::lock_guard lock(mutex_);
        std::erase_if(runs_, [&](const std::weak_ptr<Run>& watched) {
            const std::shared_ptr<Run> still = watched.lock();
            return !still || still.get() == run;
        });
        if (!runs_.empty()) return;
        for (const int signal : kSignals) {
            if (has_handler(signal, on_signal)) set_handler(signal, SIG_DFL);
        }
    }

    void rearm() {
        const std::lock_guard lock(mutex_);
        if (!runs_.empty()) arm();
    }

private:
    void arm() {
        for (const int signal : kSignals) {
            if (has_handler(signal, SIG_DFL)) set_handler(signal, on_signal);
        }
    }

    // The thread waits for the life of the process, which does not wait for it.
    void start() {
        started_ = true;
        sem_init(&g_arrival.wake, 0, 0);
        std::thread([this] { end_when_signalled(); }).detach();
    }

    void end_when_signalled() {
        while (sem_wait(&g_arrival.wake) != 0) {
        }
        const int signal = g_arrival.signal.load();
        cancel_all(std::string("received ") + name_of(signal));
        std::signal(signal, SIG_DFL);
        std::raise(signal);
    }

    void cancel_all(const std::string& reason) {
        std::vector<std::shared_ptr<Run>> runs;
        {
            const std::lock_guard lock(mutex_);
            for (const std::weak_ptr<Run>& watched : runs_) {
                if (auto run = watched.lock()) runs.push_back(std::move(run));
            }
        }
        // A run that ends at this moment refuses, and has said itself how it ended.
        for (const std::shared_ptr<Run>& run : runs) {
            (void)daybook_run_cancel(run->handle, borrowed(reason), nullptr);
        }
        // Never freed: JavaScript may be using them, and the process is over.
        new std::vector<std::shared_ptr<Run>>(std::move(runs));
    }

    std::mutex mutex_;
    std::vector<std::weak_ptr<Run>> runs_;
    bool started_ = false;
};

// Never destroyed: its thread outlives main().
Watch& the_watch() {
    static auto* const watch = new Watch();
    return *watch;
}

// (run) => void
void watch(const Napi::CallbackInfo& info) {
    if (const auto run = instance_of(info).runs.at(index_of(info[0]))) watch_run(run);
}

// (run) => void
void unwatch(const Napi::CallbackInfo& info) {
    if (const Run* run = instance_of(info).runs.peek(index_of(info[0]))) unwatch_run(run);
}

// () => void: the host has given up a handler, so that the signal has its default again.
void arm(const Napi::CallbackInfo&) { the_watch().rearm(); }

}  // namespace

void watch_run(const std::shared_ptr<Run>& run) { the_watch().add(run); }
void unwatch_run(const Run* run) { the_watch().remove(run); }

void add_signal_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("watchRun", Napi::Function::New<watch>(env));
    exports.Set("unwatchRun", Napi::Function::New<unwatch>(env));
    exports.Set("armSignals", Napi::Function::New<arm>(env));
}

}  // namespace daybook::node
