// The worked examples of bundle.md, merge.md and backup.md: the documents are what the code reads,
// and writes again the same.

#include <gtest/gtest.h>

#include <string>

#include "formats/page.h"
#include "lifecycle/backup_list.h"
#include "lifecycle/bundle_format.h"
#include "lifecycle/bundle_reader.h"
#include "lifecycle/merge_state.h"

namespace daybook::formats {
namespace {

TEST(TransferPages, TheManifestOfABundleIsReadAndWrittenAgainTheSame) {
    const std::string text = Page("bundle.md").block("json");
    const auto manifest = lifecycle::decode_bundle_manifest(text);
    ASSERT_TRUE(manifest) << manifest.error().message();
    EXPECT_TRUE(check_bundle_files(manifest->files));
    EXPECT_EQ(encode_bundle_manifest(*manifest), text);
}

TEST(TransferPages, TheLimitsOfABundleAreThoseOfThePage) {
    const lifecycle::BundleLimits limits;
    EXPECT_EQ(limits.manifest_bytes_max, std::uint64_t{64} << 20);
    EXPECT_EQ(limits.members_max, 200'000U);
    EXPECT_EQ(limits.bytes_max, std::uint64_t{4} << 40);
    EXPECT_EQ(limits.ratio_max, 500U);
    EXPECT_EQ(limits.ratio_free_bytes, std::uint64_t{1} << 30);
    const Page page("bundle.md");
    for (const char* text : {"a manifest of more than 64 MiB", "more than 200,000 members",
                             "more than 4 TiB", "more than 1 GiB", "500 times"}) {
        EXPECT_TRUE(page.contains(text)) << text;
    }
}

TEST(TransferPages, TheStateOfAMergeIsReadAndWrittenAgainTheSame) {
    const std::string text = Page("merge.md").block("json");
    const auto state = lifecycle::decode_merge_state(text, "merge.md");
    ASSERT_TRUE(state) << state.error().message();
    EXPECT_EQ(encode_merge_state(*state), text);
}

TEST(TransferPages, TheListOfABackupIsReadAndWrittenAgainTheSame) {
    const std::string text = Page("backup.md").block("json");
    const auto list = lifecycle::decode_backup_list(text, "backup.md");
    ASSERT_TRUE(list) << list.error().message();
    EXPECT_EQ(encode_backup_list(*list), text);
}

}  // namespace
}  // namespace daybook::formats
