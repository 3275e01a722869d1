// A child that does not leave the loop goes on forking.
#include <sys/wait.h>
#include <unistd.h>

int main(void) {
    int children = 0;
    for (int i = 0; i < 2; i++) {
        if (fork() == 0) {
            if (write(1, "child\n", 6) != 6)
                _exit(1);
#ifdef RIGHT
            _exit(0);
#endif
        } else {
            children++;
        }
    }
    for (int i = 0; i < children; i++)
        wait(NULL);
    return 0;
}
