"""The end comes when all copies of the write end are closed."""
from multiprocessing import Pipe, Process


def send(end):
    for number in range(3):
        end.send(number)
    end.close()


if __name__ == "__main__":
    read, write = Pipe(duplex=False)
    sender = Process(target=send, args=(write,))
    sender.start()
    count = 0
    try:
        while True:
            read.recv()
            count += 1
    except EOFError:
        print(count)
    sender.join()
