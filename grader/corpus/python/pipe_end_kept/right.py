"""One's own copy is closed once the sender has its own."""
from multiprocessing import Pipe, Process


def send(end):
    for number in range(3):
        end.send(number)
    end.close()


if __name__ == "__main__":
    read, write = Pipe(duplex=False)
    sender = Process(target=send, args=(write,))
    sender.start()
    write.close()
    count = 0
    try:
        while True:
            read.recv()
            count += 1
    except EOFError:
        print(count)
    sender.join()
