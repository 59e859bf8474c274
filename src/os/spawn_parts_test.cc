#include "os/spawn_parts.h"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace daybook::os {
namespace {

TEST(MakePipe, LeadsFromOneEndToTheOtherAndIntoNoProgram) {
    Pipe pipe = make_pipe().value();
    for (const UniqueFd* end : {&pipe.read, &pipe.write}) {
        EXPECT_EQ(::fcntl(end->get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    }
    ASSERT_EQ(::write(pipe.write.get(), "x", 1), 1);
    pipe.write.reset();
    char byte = 0;
    EXPECT_EQ(::read(pipe.read.get(), &byte, 1), 1);
    EXPECT_EQ(byte, 'x');
    EXPECT_EQ(::read(pipe.read.get(), &byte, 1), 0);
}

TEST(PointersTo, EndWithNull) {
    const std::vector<std::string> texts = {"a", ""};
    const std::vector<char*> pointers = pointers_to(texts);
    ASSERT_EQ(pointers.size(), 3U);
    EXPECT_EQ(pointers[0], texts[0].c_str());
    EXPECT_EQ(pointers[1], texts[1].c_str());
    EXPECT_EQ(pointers[2], nullptr);
    EXPECT_EQ(pointers_to({}), std::vector<char*>{nullptr});
}

}  // namespace
}  // namespace daybook::os
