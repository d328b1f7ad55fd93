//! Work shared out between threads, its results in order, in bounded memory.

use std::collections::BTreeMap;
use std::sync::mpsc::{channel, sync_channel};

use anyhow::{Result, anyhow};
use rayon::ThreadPool;

/// What the collecting thread waits for: the next item (`None` at the end), or the result of the item of a number.
enum Event<T, R> {
    Item(Option<Result<T>>),
    Done(usize, R),
}

/// Items a thread that are held at a time: read, worked on, or done and waiting for an earlier one.
const HELD: usize = 4;

/// Reads `items` on a thread of its own, does `work` on each in the pool, and hands the results to `take` in the order of
/// the items, whatever order they are done in.
///
/// # Errors
/// The first error among the items or of `take`, which ends the work; a reader that waits for input is left to wait.
pub(crate) fn in_order<T: Send + 'static, R: Send + 'static>(
    pool: &ThreadPool,
    items: impl Iterator<Item = Result<T>> + Send + 'static,
    work: impl Fn(T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<()>,
) -> Result<()> {
    let (send, events) = channel();
    // A permit is given before an item is read, and comes back when its result is taken.
    let (give, permits) = sync_channel(HELD * pool.current_num_threads().max(1));
    let read = send.clone();
    std::thread::spawn(move || {
        for item in items {
            let ends = item.is_err();
            // That nobody listens any more ends the reading too.
            if give.send(()).is_err() || read.send(Event::Item(Some(item))).is_err() || ends {
                return;
            }
        }
        let _ = read.send(Event::Item(None));
    });
    let work = &work;
    pool.in_place_scope_fifo(|scope| {
        let mut waiting = BTreeMap::new();
        let (mut begun, mut taken, mut ended) = (0, 0, None);
        while ended.is_none() || taken < begun {
            match events.recv() {
                Ok(Event::Item(Some(Ok(item)))) => {
                    let (number, send) = (begun, send.clone());
                    begun += 1;
                    scope.spawn_fifo(move |_| {
                        let _ = send.send(Event::Done(number, work(item)));
                    });
                }
                // What was read before an error is still good.
                Ok(Event::Item(Some(Err(error)))) => ended = Some(Err(error)),
                Ok(Event::Item(None)) => ended = Some(Ok(())),
                Ok(Event::Done(number, result)) => {
                    waiting.insert(number, result);
                    while let Some(result) = waiting.remove(&taken) {
                        taken += 1;
                        take(result)?;
                        let _ = permits.recv();
                    }
                }
                Err(_) => ended = Some(Err(anyhow!("the reading of the input stopped without an end"))),
            }
        }
        ended.unwrap_or(Ok(()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    fn pool(threads: usize) -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn results_come_in_order_and_few_are_held() {
        for threads in [1, 2, 8] {
            let (held, most) = (std::sync::Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
            let counted = std::sync::Arc::clone(&held);
            let items = (0..500u64).map(move |n| {
                counted.fetch_add(1, Ordering::SeqCst);
                Ok(n)
            });
            let mut out = Vec::new();
            let work = |n: u64| {
                // Later items are done sooner.
                std::thread::sleep(std::time::Duration::from_micros(200 * (3 - n % 4)));
                n * n
            };
            in_order(&pool(threads), items, work, |n| {
                most.fetch_max(held.fetch_sub(1, Ordering::SeqCst), Ordering::SeqCst);
                out.push(n);
                Ok(())
            })
            .unwrap();
            assert_eq!(out, (0..500).map(|n| n * n).collect::<Vec<u64>>());
            // One more is read and waits for its permit.
            assert!(most.into_inner() <= HELD * threads + 2);
        }
    }

    #[test]
    fn errors_end_the_work() {
        let items = (0..100).map(|n| if n < 50 { Ok(n) } else { Err(anyhow!("item {n}")) });
        let mut out = Vec::new();
        let error = in_order(
            &pool(2),
            items,
            |n| n,
            |n| {
                out.push(n);
                Ok(())
            },
        )
        .unwrap_err();
        assert_eq!((error.to_string().as_str(), out.len()), ("item 50", 50));
        // Input that never ends is not waited for.
        let error =
            in_order(&pool(2), (0..).map(Ok), |n: u64| n, |n| if n < 7 { Ok(()) } else { Err(anyhow!("taken {n}")) });
        assert_eq!(error.unwrap_err().to_string(), "taken 7");
    }
}
