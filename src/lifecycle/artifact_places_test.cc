#include "lifecycle/artifact_places.h"

#include <string>

#include <gtest/gtest.h>

namespace daybook::lifecycle {
namespace {

const std::string kHash = "37" + std::string(62, 'a');

TEST(ArtifactPlaces, NamesOfContentAreKnown) {
    EXPECT_EQ(content_of_place("artifacts/objects/37/" + kHash.substr(2)), kHash);
    EXPECT_EQ(content_of_place("artifacts/code/" + kHash + ".diff"), kHash);
    EXPECT_EQ(content_of_place("artifacts/inputs/" + kHash + ".parquet"), kHash);
    EXPECT_EQ(content_of_place("artifacts/code/" + kHash + ".txt"), "");
    EXPECT_EQ(content_of_place("artifacts/code/x" + kHash.substr(1) + ".diff"), "");
    EXPECT_EQ(content_of_place("artifacts/runs/r1/f"), "");
}

TEST(ArtifactPlaces, OfABundleThoseOfItsRunsAreAllowedAlone) {
    const auto is_allowed = [](const std::string& path) {
        return check_place_of_runs(path, {"r1", "r2"}).has_value();
    };
    for (const std::string& path :
         {std::string("artifacts/runs/r1/f"), std::string("artifacts/runs/r2/a/b"),
          "artifacts/objects/37/" + kHash.substr(2), "artifacts/code/" + kHash + ".diff",
          "artifacts/inputs/" + kHash + ".parquet"}) {
        EXPECT_TRUE(is_allowed(path)) << path;
    }
    for (const std::string& path :
         {std::string("artifacts/f"), std::string("artifacts/runs/r1"),
          std::string("artifacts/runs/r3/f"), std::string("artifacts/runs/r1/../r3/f"),
          std::string("artifacts/objects/_lock"), std::string("artifacts/objects/37/1.tmp-1"),
          "artifacts/code/" + kHash, std::string("artifacts/other/f"), std::string("ledger.json"),
          "artifacts/objects/38/" + kHash}) {
        EXPECT_FALSE(is_allowed(path)) << path;
    }
}

}  // namespace
}  // namespace daybook::lifecycle
