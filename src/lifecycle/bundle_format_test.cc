#include "lifecycle/bundle_format.h"

#include <string>

#include <gtest/gtest.h>

#include "support/outcome.h"

namespace daybook::lifecycle {
namespace {

TEST(BundleFormat, AManifestReadsAsItWasWritten) {
    const BundleManifest manifest{.ledger_id = "l",
                                  .exported_at = "2026-01-23T09:15:00.250Z",
                                  .runs = {"r \"1\"", "r2"},
                                  .events = 7,
                                  .types = {R"({"title":"a.b","x-version":1})"},
                                  .files = {{"artifacts/a", 3, std::string(64, 'a')},
                                            {"events.jsonl", 0, std::string(64, '0')}}};
    EXPECT_EQ(testing::value_of(decode_bundle_manifest(encode_bundle_manifest(manifest))),
              manifest);
}

TEST(BundleFormat, UnknownKeysArePassedOver) {
    EXPECT_TRUE(decode_bundle_manifest(
        R"({"x":[1],"format":1,"ledger_id":"l","runs":[],"events":0,"files":[]})"));
}

TEST(BundleFormat, PlacesBelowArtifactsAreAllowed) {
    for (const char* path : {"artifacts/a", "artifacts/a/b.c", "artifacts/...", "artifacts/a b"}) {
        EXPECT_TRUE(check_artifact_place(path)) << path;
    }
    for (const char* path : {"artifacts", "artifacts/", "Artifacts/a", "artifacts/a/..", ""}) {
        EXPECT_FALSE(check_artifact_place(path)) << path;
    }
}

}  // namespace
}  // namespace daybook::lifecycle
