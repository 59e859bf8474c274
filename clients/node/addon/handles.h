// What one thread of JavaScript has open.
//
// Nothing here is shared between threads: each loads the addon anew and gets an Instance of its
// own, so that worker threads need no locks and leave nothing behind.
#pragma once

#include <napi.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "daybook/daybook.h"
#include "ending.h"
#include "frame.h"
#include "gatherings.h"

namespace daybook::node {

struct Ledger {
    daybook_ledger* handle = nullptr;
    // Failures are returned, and not counted for the end.
    const bool strict;

    Ledger(daybook_ledger* opened, bool is_strict) : handle(opened), strict(is_strict) {}
    Ledger(const Ledger&) = delete;
    Ledger& operator=(const Ledger&) = delete;
    ~Ledger() { daybook_ledger_close(handle); }
};

// Shared with its phases, and with the thread that ends it when a signal comes.
struct Run {
    std::shared_ptr<Ledger> ledger;
    daybook_run* handle = nullptr;
    const bool attached;
    // Nobody may end it any more: it has ended, or was started elsewhere.
    std::atomic<bool> ended = false;
    // How many signals had come before it was watched.
    std::uint64_t signals_before = 0;
    // Its phases that have not been freed, by their numbers.
    std::vector<std::size_t> phases{};
    // How it ends if nobody ends it.
    std::optional<PlannedEnd> planned{};

    Run(std::shared_ptr<Ledger> of, daybook_run* started, bool is_attached)
        : ledger(std::move(of)), handle(started), attached(is_attached), ended(is_attached) {}
    Run(const Run&) = delete;
    Run& operator=(const Run&) = delete;
    ~Run() { daybook_run_free(handle); }
};

struct Phase {
    std::shared_ptr<Run> run;
    daybook_phase* handle = nullptr;
    // What is recorded of it if it completes with its run: JSON.
    std::optional<std::string> planned_summary{};

    Phase(std::shared_ptr<Run> of, daybook_phase* begun) : run(std::move(of)), handle(begun) {}
    Phase(const Phase&) = delete;
    Phase& operator=(const Phase&) = delete;
    ~Phase() { daybook_phase_free(handle); }
};

// Handles by the number that JavaScript knows them by.  Numbers are used again.
template <typename T>
class Slots {
public:
    std::size_t add(std::shared_ptr<T> item) {
        if (free_.empty()) {
            items_.push_back(std::move(item));
            return items_.size() - 1;
        }
        const std::size_t place = free_.back();
        free_.pop_back();
        items_[place] = std::move(item);
        return place;
    }
    // Empty if there is none.
    std::shared_ptr<T> at(std::size_t place) const {
        return place < items_.size() ? items_[place] : nullptr;
    }
    T* peek(std::size_t place) const {
        return place < items_.size() ? items_[place].get() : nullptr;
    }
    void remove(std::size_t place) {
        if (place >= items_.size() || !items_[place]) return;
        items_[place].reset();
        free_.push_back(place);
    }
    // Empty where there is none.
    const std::vector<std::shared_ptr<T>>& all() const { return items_; }
    void clear() {
        items_.clear();
        free_.clear();
    }

private:
    std::vector<std::shared_ptr<T>> items_;
    std::vector<std::size_t> free_;
};

struct Instance {
    Frames frames;
    Slots<Ledger> ledgers;
    Slots<Run> runs;
    Slots<Phase> phases;
    Gatherings gatherings;
    // How runs end that have no plan of their own; none while JavaScript runs.
    std::optional<PlannedEnd> planned{};

    Instance() { finish_at_exit(*this); }
    Instance(const Instance&) = delete;
    Instance& operator=(const Instance&) = delete;
    ~Instance() {
        forget(*this);
        finish(*this);
    }
};

Instance& instance_of(const Napi::CallbackInfo& info);

}  // namespace daybook::node
