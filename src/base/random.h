// Randomness as a parameter: one seed replays a failing run.
#pragma once

#include <cstdint>

namespace daybook {

class RandomSource {
public:
    virtual ~RandomSource() = default;
    // 64 unpredictable bits.
    virtual std::uint64_t next() = 0;
};

// 64 bits from the operating system's random device.  Thread-safe.
std::uint64_t random_seed();

// xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), its
// state filled by splitmix64 from `seed`.  Not thread-safe.
class SeededRandom final : public RandomSource {
public:
    explicit SeededRandom(std::uint64_t seed);

    std::uint64_t next() override;

private:
    std::uint64_t state_[4];
};

}  // namespace daybook
