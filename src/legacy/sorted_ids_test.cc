#include "legacy/sorted_ids.h"

#include <map>

#include "base/random.h"
#include "legacy/test_legacy.h"

namespace daybook::legacy {
namespace {

using Contents = std::map<Hash128, std::uint64_t>;

SortedIds sorted(const Contents& contents, std::uint64_t ids_about) {
    const daybook::testing::TempDir dir;
    SortedIds::Writer writer = must(SortedIds::Writer::open(dir.path(), ids_about));
    EXPECT_TRUE(must(os::list_dir(dir.path())).empty()) << "the file has no name";
    for (const auto& [id, content] : contents) must(writer.add(id, content));
    return must(writer.finish());
}

// As many ids as were expected, and as few or many as were not.
TEST(SortedIds, FindsThoseThatItHasAndNoOthers) {
    SeededRandom random(7);
    for (const std::uint64_t count : {0U, 1U, 2U, 31U, 33U, 1000U, 100'000U}) {
        Contents contents;
        for (std::uint64_t i = 0; i < count; ++i) contents[{random.next(), random.next()}] = i;
        for (const std::uint64_t ids_about : {std::uint64_t{0}, count, 40 * count}) {
            const SortedIds ids = sorted(contents, ids_about);
            EXPECT_EQ(ids.size(), contents.size());
            for (const auto& [id, content] : contents) ASSERT_EQ(ids.find(id), content);
            for (int i = 0; i < 1000; ++i) {
                ASSERT_EQ(ids.find({random.next(), random.next()}), std::nullopt);
            }
        }
    }
}

TEST(SortedIds, IdsAtTheEdgesAndSideBySideAreToldApart) {
    constexpr std::uint64_t kMax = UINT64_MAX;
    Contents contents = {
        {{0, 0}, 1}, {{0, kMax}, 2}, {{1, 0}, 3}, {{kMax, 0}, 4}, {{kMax, kMax}, 5}};
    for (std::uint64_t i = 0; i < 100; ++i) contents[{std::uint64_t{1} << 63, 2 * i}] = i;
    const SortedIds ids = sorted(contents, contents.size());
    for (const auto& [id, content] : contents) EXPECT_EQ(ids.find(id), content);
    for (std::uint64_t i = 0; i < 100; ++i) {
        EXPECT_EQ(ids.find({std::uint64_t{1} << 63, 2 * i + 1}), std::nullopt);
    }
    EXPECT_EQ(ids.find({kMax, 1}), std::nullopt);
    EXPECT_EQ(ids.find({0, 1}), std::nullopt);
}

}  // namespace
}  // namespace daybook::legacy
