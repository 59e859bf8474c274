#include "duck/type.h"

#include "duck/test_support.h"

namespace daybook::duck {
namespace {

class TypeTest : public DuckTest {
protected:
    TypeInfo type_of(const std::string& expression) {
        return must(connection_.query("SELECT " + expression)).column_type(0);
    }
};

TEST_F(TypeTest, PartsOfNestedTypesAreDescribed) {
    const TypeInfo type = type_of("[{'n': MAP {'k': 1.5::DECIMAL(9,2)}}]");
    ASSERT_EQ(type.kind, TypeKind::kList);
    const TypeInfo& element = type.children[0];
    ASSERT_EQ(element.kind, TypeKind::kStruct);
    EXPECT_EQ(element.names, std::vector<std::string>{"n"});
    const TypeInfo& map = element.children[0];
    ASSERT_EQ(map.kind, TypeKind::kMap);
    EXPECT_EQ(map.children[0].kind, TypeKind::kVarchar);
    EXPECT_EQ(map.children[1].scale, 2);
    EXPECT_EQ(type.name, "STRUCT(\"n\" MAP(VARCHAR, DECIMAL(9,2)))[]");
}

TEST_F(TypeTest, AnEnumKnowsItsDictionary) {
    const TypeInfo type = type_of("'b'::ENUM('a', 'b')");
    EXPECT_EQ(type.kind, TypeKind::kEnum);
    EXPECT_EQ(type.names, (std::vector<std::string>{"a", "b"}));
}

TEST_F(TypeTest, NumbersAreToldFromTheRest) {
    EXPECT_TRUE(type_of("1::UBIGINT").is_integer());
    EXPECT_FALSE(type_of("1::HUGEINT").is_integer());
    EXPECT_TRUE(type_of("1::HUGEINT").is_number());
    EXPECT_TRUE(type_of("1.5").is_number());
    EXPECT_FALSE(type_of("'1'").is_number());
    EXPECT_FALSE(type_of("true").is_number());
}

}  // namespace
}  // namespace daybook::duck
