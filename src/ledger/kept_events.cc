#include "ledger/kept_events.h"

#include <utility>

namespace daybook::ledger {

std::uint64_t KeptEvents::bytes_of(const KeptEvent& event) {
    return event.run_id.size() + event.json.size();
}

const KeptEvents::Queue& KeptEvents::oldest() const {
    if (frames_.empty()) return others_;
    if (others_.empty()) return frames_;
    return frames_.front().number < others_.front().number ? frames_ : others_;
}

KeptEvent KeptEvents::take(Queue& queue) {
    KeptEvent event = std::move(queue.front().event);
    queue.pop_front();
    bytes_ -= bytes_of(event);
    return event;
}

std::vector<KeptEvent> KeptEvents::push(KeptEvent event) {
    std::vector<KeptEvent> gone;
    // What can never be kept pushes nothing else out.
    if (bytes_of(event) > bytes_max_) {
        gone.push_back(std::move(event));
        return gone;
    }
    bytes_ += bytes_of(event);
    Queue& queue = event.frames_run ? frames_ : others_;
    queue.push_back({.number = next_number_++, .event = std::move(event)});
    while (size() > events_max_ || bytes_ > bytes_max_) {
        gone.push_back(take(others_.empty() ? frames_ : others_));
    }
    return gone;
}

KeptEvent KeptEvents::pop() { return take(&oldest() == &frames_ ? frames_ : others_); }

}  // namespace daybook::ledger
