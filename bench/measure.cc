#include "measure.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace daybook::bench {
namespace {

Sample median(const std::vector<Sample>& samples) {
    const auto of = [&](double Sample::* field) {
        std::vector<double> values;
        for (const Sample& sample : samples) values.push_back(sample.*field);
        return quantile(values, 0.5);
    };
    return {.value = of(&Sample::value),
            .p50_us = of(&Sample::p50_us),
            .p99_us = of(&Sample::p99_us),
            .p999_us = of(&Sample::p999_us),
            .worst_us = of(&Sample::worst_us),
            .step = of(&Sample::step),
            .processor_seconds = of(&Sample::processor_seconds),
            .peak_megabytes = of(&Sample::peak_megabytes)};
}

}  // namespace

Result<std::vector<Sample>> take_turns(std::span<const Contender> contenders, int rounds) {
    std::vector<std::vector<Sample>> samples(contenders.size());
    // Round 0 fills caches, and makes what is made once.
    for (int round = 0; round <= rounds; ++round) {
        for (std::size_t i = 0; i < contenders.size(); ++i) {
            const std::size_t turn = (i + static_cast<std::size_t>(round)) % contenders.size();
            Result<Sample> sample = contenders[turn].round();
            if (!sample) return fail(sample.error().with_context(contenders[turn].name));
            if (round > 0) samples[turn].push_back(*sample);
        }
    }
    std::vector<Sample> medians;
    for (const std::vector<Sample>& all : samples) medians.push_back(median(all));
    return medians;
}

std::int64_t now_ns() {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
}

double quantile(std::vector<double>& values, double q) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const double position = q * static_cast<double>(values.size() - 1);
    const auto below = static_cast<std::size_t>(position);
    const std::size_t above = std::min(below + 1, values.size() - 1);
    const double part = position - std::floor(position);
    return values[below] + (values[above] - values[below]) * part;
}

}  // namespace daybook::bench
