#include "server/spacing.h"

#include <algorithm>

namespace daybook::server {

std::optional<Nanoseconds> next_build_at(const SpacingFacts& facts, Nanoseconds now) {
    if (facts.sync_requested) return now;
    if (!facts.news_since) return std::nullopt;
    Nanoseconds due = facts.run_ended ? *facts.news_since : *facts.news_since + kBatchDelay;
    if (facts.published_at) {
        due = std::max(due, *facts.published_at + kPublicationSpacing * facts.publication);
    }
    if (facts.failures > 0) {
        const int doublings = std::min(facts.failures - 1, 5);
        const Nanoseconds delay = std::min(kRetryDelayMin << doublings, kRetryDelayMax);
        due = std::max(due, facts.failed_at + delay);
    }
    return due;
}

}  // namespace daybook::server
