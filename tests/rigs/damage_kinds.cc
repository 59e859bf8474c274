#include "rigs/damage_kinds.h"

#include <algorithm>

#include "base/check.h"

namespace daybook::testing {
namespace {

constexpr std::size_t kSectorBytes = 512;
constexpr std::size_t kSectors = kDamagePartBytes / kSectorBytes;
constexpr std::size_t kDrawn = 4096;
constexpr std::size_t kDrawnBytesMax = 600;

Touched sector(std::size_t number) {
    return {.begin = number * kSectorBytes, .end = (number + 1) * kSectorBytes};
}

Damage flip_bit(const DamagePart& part, std::size_t index, RandomSource&) {
    const std::size_t at = index / 8;
    Damage damage{.bytes = part.bytes, .touched = {{at, at + 1}}};
    const auto bit = static_cast<unsigned char>(1U << (index % 8));
    damage.bytes[at] = static_cast<char>(static_cast<unsigned char>(damage.bytes[at]) ^ bit);
    return damage;
}

Damage cut(const DamagePart& part, std::size_t index, RandomSource&) {
    return {.bytes = part.bytes.substr(0, index), .touched = {{index, kDamagePartBytes}}};
}

Damage zero_sector(const DamagePart& part, std::size_t index, RandomSource&) {
    Damage damage{.bytes = part.bytes, .touched = {sector(index)}};
    std::fill_n(damage.bytes.begin() + static_cast<std::ptrdiff_t>(index * kSectorBytes),
                kSectorBytes, '\0');
    return damage;
}

// The index-th pair of different numbers below `count`, the smaller one first; neighbours first.
struct Pair {
    std::size_t first;
    std::size_t second;
};
Pair pair_at(std::size_t index, std::size_t count) {
    for (std::size_t distance = 1; distance < count; ++distance) {
        if (index < count - distance) return {.first = index, .second = index + distance};
        index -= count - distance;
    }
    DAYBOOK_CHECK(false);
}
constexpr std::size_t pairs(std::size_t count) { return count * (count - 1) / 2; }

std::string_view sector_of(const DamagePart& part, std::size_t number) {
    return std::string_view(part.bytes).substr(number * kSectorBytes, kSectorBytes);
}

Damage swap_sectors(const DamagePart& part, std::size_t index, RandomSource&) {
    const auto [a, b] = pair_at(index, kSectors);
    Damage damage{.bytes = part.bytes, .touched = {sector(a), sector(b)}};
    damage.bytes.replace(a * kSectorBytes, kSectorBytes, sector_of(part, b));
    damage.bytes.replace(b * kSectorBytes, kSectorBytes, sector_of(part, a));
    return damage;
}

Damage lay_sector_over_another(const DamagePart& part, std::size_t index, RandomSource&) {
    Pair pair = pair_at(index / 2, kSectors);
    if (index % 2 == 1) std::swap(pair.first, pair.second);
    Damage damage{.bytes = part.bytes, .touched = {sector(pair.second)}};
    damage.bytes.replace(pair.second * kSectorBytes, kSectorBytes, sector_of(part, pair.first));
    return damage;
}

std::string garbage(std::size_t bytes, RandomSource& random) {
    std::string text;
    for (std::size_t i = 0; i < bytes; ++i) text += static_cast<char>(random.next());
    return text;
}

Damage insert(const DamagePart& part, std::size_t at, const std::string& what) {
    Damage damage{.bytes = part.bytes, .touched = {{at, at}}};
    damage.bytes.insert(at, what);
    return damage;
}

Damage insert_byte(const DamagePart& part, std::size_t index, RandomSource& random) {
    return insert(part, index, garbage(1, random));
}

Damage insert_some(const DamagePart& part, std::size_t, RandomSource& random) {
    const std::size_t at = random.next() % (kDamagePartBytes + 1);
    return insert(part, at, garbage(1 + random.next() % kDrawnBytesMax, random));
}

Damage remove(const DamagePart& part, Touched range) {
    Damage damage{.bytes = part.bytes, .touched = {range}};
    damage.bytes.erase(range.begin, range.end - range.begin);
    return damage;
}

Damage remove_byte(const DamagePart& part, std::size_t index, RandomSource&) {
    return remove(part, {.begin = index, .end = index + 1});
}

Damage remove_some(const DamagePart& part, std::size_t, RandomSource& random) {
    const std::size_t bytes = 1 + random.next() % kDrawnBytesMax;
    const std::size_t at = random.next() % (kDamagePartBytes - bytes);
    return remove(part, {.begin = at, .end = at + bytes});
}

Damage remove_lines(const DamagePart& part, std::size_t index, RandomSource&) {
    const auto [first, last] = pair_at(index, kDamagePartLines + 1);
    return remove(part,
                  {.begin = part.lines[first].begin, .end = part.lines[last - 1].newline + 1});
}

// A long write that only partly reached the disk: so many of the last sectors hold nothing.
Damage zero_end(const DamagePart& part, std::size_t index, RandomSource&) {
    const std::size_t from = index * kSectorBytes;
    Damage damage{.bytes = part.bytes, .touched = {{from, kDamagePartBytes}}};
    std::fill(damage.bytes.begin() + static_cast<std::ptrdiff_t>(from), damage.bytes.end(), '\0');
    return damage;
}

}  // namespace

const std::vector<DamageKind>& damage_kinds() {
    static const std::vector<DamageKind> kinds = {
        {"bits flipped", kDamagePartBytes * 8, flip_bit},
        {"cuts", kDamagePartBytes, cut},
        {"sectors zeroed", kSectors, zero_sector},
        {"ends zeroed", kSectors, zero_end},
        {"sectors swapped", pairs(kSectors), swap_sectors, true},
        {"sectors laid over others", pairs(kSectors) * 2, lay_sector_over_another, true},
        {"bytes inserted", kDamagePartBytes + 1, insert_byte},
        {"garbage inserted", kDrawn, insert_some, true},
        {"bytes removed", kDamagePartBytes, remove_byte},
        {"ranges removed", kDrawn, remove_some, true},
        {"runs of lines removed", pairs(kDamagePartLines + 1), remove_lines},
    };
    return kinds;
}

std::size_t damage_cases() {
    std::size_t cases = 0;
    for (const DamageKind& kind : damage_kinds()) cases += kind.cases;
    return cases;
}

}  // namespace daybook::testing
