#include "legacy/event_types.h"

#include <gtest/gtest.h>

namespace daybook::legacy {
namespace {

TEST(EventTypes, TheBuiltInOnesKnowTheirFields) {
    EXPECT_EQ(type_spec("my.type"), nullptr);
    EXPECT_EQ(field_spec(nullptr, "reason"), nullptr);
    const schema::TypeSpec* const type = type_spec("run.cancelled");
    ASSERT_NE(type, nullptr);
    EXPECT_EQ(field_spec(type, "summary"), nullptr);
    ASSERT_NE(field_spec(type, "reason"), nullptr);
    EXPECT_EQ(field_spec(type, "reason")->kind, schema::FieldKind::kString);
}

}  // namespace
}  // namespace daybook::legacy
