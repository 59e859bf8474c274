#include "signals.h"

#include <semaphore.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "arguments.h"
#include "functions.h"
#include "quiet_thread.h"

namespace daybook::node {
namespace {

constexpr std::array kSignals = {SIGINT, SIGTERM, SIGHUP};

// What the handler may touch; never destroyed, because a signal may come at any time.
struct Arrival {
    std::atomic<int> signal{0};
    sem_t wake;
    // Those that the host handles itself.
    std::atomic<int> handled{0};
    std::atomic<std::uint64_t> handled_count{0};
    // What was there before us, by kSignals.  Written before our handler is there.
    std::array<struct sigaction, kSignals.size()> before;
};
Arrival g_arrival;
static_assert(std::atomic<int>::is_always_lock_free);

void put_back(int signal) {
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        if (kSignals[i] == signal) sigaction(signal, &g_arrival.before[i], nullptr);
    }
}

void on_signal(int signal) {
    int none = 0;
    if (g_arrival.signal.compare_exchange_strong(none, signal)) {
        sem_post(&g_arrival.wake);
        return;
    }
    // Whoever sends it again does not want to wait for us.
    put_back(signal);
    std::raise(signal);
}

void on_handled(int signal, siginfo_t* info, void* context) {
    g_arrival.handled.store(signal);
    g_arrival.handled_count.fetch_add(1);
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        if (kSignals[i] != signal) continue;
        const struct sigaction& before = g_arrival.before[i];
        if ((before.sa_flags & SA_SIGINFO) != 0) {
            before.sa_sigaction(signal, info, context);
        } else {
            before.sa_handler(signal);
        }
    }
}

const char* name_of(int signal) {
    switch (signal) {
        case SIGINT: return "SIGINT";
        case SIGTERM: return "SIGTERM";
        case SIGHUP: return "SIGHUP";
        default: return "a signal";
    }
}

bool is_ours(const struct sigaction& action) {
    if ((action.sa_flags & SA_SIGINFO) != 0) return action.sa_sigaction == on_handled;
    return action.sa_handler == on_signal;
}

bool is_ignored(const struct sigaction& action) {
    return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_IGN;
}

// By what our handler that ends the process blocks meanwhile other copies of this addon in the same
// process know it: signals that nobody waits for, in a choice that nobody else has.
sigset_t our_mask() {
    sigset_t mask;
    sigemptyset(&mask);
    for (const int signal : {SIGURG, SIGWINCH, SIGXCPU}) sigaddset(&mask, signal);
    return mask;
}

// It cancels the runs of its copy and then does what we do.
bool is_of_another_copy(const struct sigaction& action) {
    if ((action.sa_flags & SA_SIGINFO) != 0) return false;
    const sigset_t mask = our_mask();
    for (int signal = 1; signal < SIGRTMIN; ++signal) {
        if (sigismember(&action.sa_mask, signal) != sigismember(&mask, signal)) return false;
    }
    return true;
}

// Whether it ends the process: the default, or node's own handler, which puts the terminal in order
// and then does what the default does.  That one is reset when it runs, and unlike those that libuv
// has for handlers in JavaScript it does not restart system calls.
bool ends_the_process(const struct sigaction& action) {
    const bool is_nodes = (action.sa_flags & static_cast<int>(SA_RESETHAND)) != 0 &&
                          (action.sa_flags & SA_RESTART) == 0;
    if ((action.sa_flags & SA_SIGINFO) != 0) return is_nodes;
    return action.sa_handler == SIG_DFL || is_of_another_copy(action) ||
           (is_nodes && action.sa_handler != SIG_IGN);
}

struct sigaction current_action(int signal) {
    struct sigaction action{};
    sigaction(signal, nullptr, &action);
    return action;
}

class Watch {
public:
    void add(const std::shared_ptr<Run>& run) {
        const std::lock_guard lock(mutex_);
        run->signals_before = g_arrival.handled_count.load();
        runs_.push_back(run);
        if (!started_) start();
        if (started_) arm();
    }

    void remove(const Run* run) {
        const std::lock_guard lock(mutex_);
        std::erase_if(runs_, [&](const std::weak_ptr<Run>& watched) {
            const std::shared_ptr<Run> still = watched.lock();
            return !still || still.get() == run;
        });
        if (!runs_.empty()) return;
        for (const int signal : kSignals) {
            if (is_ours(current_action(signal))) put_back(signal);
        }
    }

    void rearm() {
        const std::lock_guard lock(mutex_);
        if (started_ && !runs_.empty()) arm();
    }

private:
    void arm() {
        for (std::size_t i = 0; i < kSignals.size(); ++i) {
            const struct sigaction before = current_action(kSignals[i]);
            if (is_ours(before) || is_ignored(before)) continue;
            g_arrival.before[i] = before;
            struct sigaction ours{};
            if (ends_the_process(before)) {
                ours.sa_handler = on_signal;
                ours.sa_flags = SA_RESTART;
                ours.sa_mask = our_mask();
            } else {
                ours.sa_sigaction = on_handled;
                ours.sa_flags = before.sa_flags | SA_SIGINFO;
                ours.sa_mask = before.sa_mask;
            }
            sigaction(kSignals[i], &ours, nullptr);
        }
    }

    // The thread waits for the life of the process, which does not wait for it.
    void start() {
        sem_init(&g_arrival.wake, 0, 0);
        std::thread thread = quiet_thread([this] { end_when_signalled(); });
        started_ = thread.joinable();
        if (started_) return thread.detach();
        std::fputs("daybook: watch for signals: no thread to be had; one leaves runs open\n",
                   stderr);
    }

    void end_when_signalled() {
        while (sem_wait(&g_arrival.wake) != 0) {
        }
        const int signal = g_arrival.signal.load();
        cancel_all(std::string("received ") + name_of(signal));
        put_back(signal);
        sigset_t only;
        sigemptyset(&only);
        sigaddset(&only, signal);
        pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
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
        for (const std::shared_ptr<Run>& run : runs) {
            if (run->ended.exchange(true)) continue;
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

// (run) => string | undefined
Napi::Value handled_signal(const Napi::CallbackInfo& info) {
    const Run* const run = instance_of(info).runs.peek(index_of(info[0]));
    const char* const name = run != nullptr ? signal_of(*run) : nullptr;
    if (name == nullptr) return info.Env().Undefined();
    return Napi::String::New(info.Env(), name);
}

// () => void: the host has got a handler, or given one up.
void arm(const Napi::CallbackInfo&) { the_watch().rearm(); }

}  // namespace

void watch_run(const std::shared_ptr<Run>& run) { the_watch().add(run); }
void unwatch_run(const Run* run) { the_watch().remove(run); }

const char* signal_of(const Run& run) {
    if (g_arrival.handled_count.load() == run.signals_before) return nullptr;
    return name_of(g_arrival.handled.load());
}

void add_signal_functions(Napi::Env env, Napi::Object exports) {
    exports.Set("watchRun", Napi::Function::New<watch>(env));
    exports.Set("unwatchRun", Napi::Function::New<unwatch>(env));
    exports.Set("handledSignal", Napi::Function::New<handled_signal>(env));
    exports.Set("armSignals", Napi::Function::New<arm>(env));
}

}  // namespace daybook::node
