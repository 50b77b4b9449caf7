//! The switch of mutants: generated code that was made wrong in many places is right in all but the chosen one.

use std::cell::RefCell;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};

/// The chosen one; 0 is none.
static CHOSEN: AtomicU32 = AtomicU32::new(0);

/// Chooses a mutant.
pub fn choose(mutant: u32) {
    CHOSEN.store(mutant, Ordering::Relaxed);
}

/// The chosen one.
pub(crate) fn chosen() -> u32 {
    CHOSEN.load(Ordering::Relaxed)
}

/// Whether it is noted which switches are asked.
static IS_NOTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The switches that were asked.
    static ASKED: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// What comes of it, and the switches that were asked on the way: no other mutant can change it.
pub(crate) fn noted<T>(ask: impl FnOnce() -> T) -> (T, Vec<u32>) {
    ASKED.with_borrow_mut(Vec::clear);
    IS_NOTED.store(true, Ordering::Relaxed);
    let found = ask();
    IS_NOTED.store(false, Ordering::Relaxed);
    let mut asked = ASKED.with_borrow_mut(std::mem::take);
    asked.sort_unstable();
    asked.dedup();
    (found, asked)
}

/// Whether the mutant is the chosen one.
pub fn is(mutant: u32) -> bool {
    if IS_NOTED.load(Ordering::Relaxed) {
        ASKED.with_borrow_mut(|asked| asked.push(mutant));
    }
    CHOSEN.load(Ordering::Relaxed) == mutant
}

/// What is made once, as by `LazyLock`, and once for each of its own mutants.
pub struct Remade<T: 'static> {
    first: u32,
    last: u32,
    make: fn() -> T,
    right: LazyLock<T>,
    /// Each with its mutant.
    wrong: Mutex<Vec<(u32, &'static T)>>,
}

impl<T> Remade<T> {
    /// Its mutants are the numbers from the first to the last.
    pub const fn new(first: u32, last: u32, make: fn() -> T) -> Self {
        Self {
            first,
            last,
            make,
            right: LazyLock::new(make),
            wrong: Mutex::new(Vec::new()),
        }
    }
}

impl<T> Deref for Remade<T> {
    type Target = T;

    fn deref(&self) -> &T {
        if !(self.first..=self.last).fold(false, |found, own| found | is(own)) {
            return &self.right;
        }
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = wrong.iter().find(|(mutant, _)| *mutant == chosen()) {
            return known;
        }
        let made: &'static T = Box::leak(Box::new((self.make)()));
        wrong.push((chosen(), made));
        made
    }
}

/// Swaps two violations, where both are there.
pub fn swap<V>(
    mutant: u32,
    violations: &mut [V],
    left: impl Fn(&V) -> bool,
    right: impl Fn(&V) -> bool,
) {
    if is(mutant)
        && let Some(left) = violations.iter().position(left)
        && let Some(right) = violations.iter().position(right)
    {
        violations.swap(left, right);
    }
}

/// Methods of iterators, or their opposites.
pub trait IteratorMutants: Iterator + Sized {
    /// `all`, or `any`.
    fn mutant_all(mut self, mutant: u32, test: impl FnMut(Self::Item) -> bool) -> bool {
        match is(mutant) {
            true => self.any(test),
            false => self.all(test),
        }
    }

    /// `any`, or `all`.
    fn mutant_any(mut self, mutant: u32, test: impl FnMut(Self::Item) -> bool) -> bool {
        match is(mutant) {
            true => self.all(test),
            false => self.any(test),
        }
    }
}

impl<I: Iterator> IteratorMutants for I {}

/// Methods of options, or their opposites.
pub trait OptionMutants<T>: Sized {
    /// `is_some_and`, or `is_none_or`.
    fn mutant_is_some_and(self, mutant: u32, test: impl FnOnce(T) -> bool) -> bool;

    /// `is_none_or`, or `is_some_and`.
    fn mutant_is_none_or(self, mutant: u32, test: impl FnOnce(T) -> bool) -> bool;

    /// `is_some`, or `is_none`.
    fn mutant_is_some(&self, mutant: u32) -> bool;

    /// `is_none`, or `is_some`.
    fn mutant_is_none(&self, mutant: u32) -> bool;
}

impl<T> OptionMutants<T> for Option<T> {
    fn mutant_is_some_and(self, mutant: u32, test: impl FnOnce(T) -> bool) -> bool {
        match is(mutant) {
            true => self.is_none_or(test),
            false => self.is_some_and(test),
        }
    }

    fn mutant_is_none_or(self, mutant: u32, test: impl FnOnce(T) -> bool) -> bool {
        match is(mutant) {
            true => self.is_some_and(test),
            false => self.is_none_or(test),
        }
    }

    fn mutant_is_some(&self, mutant: u32) -> bool {
        self.is_some() != is(mutant)
    }

    fn mutant_is_none(&self, mutant: u32) -> bool {
        self.is_none() != is(mutant)
    }
}

/// `min` and `max`, or the other one.
pub trait OrdMutants: Ord + Sized {
    /// `min`, or `max`.
    fn mutant_min(self, mutant: u32, other: Self) -> Self {
        match is(mutant) {
            true => self.max(other),
            false => self.min(other),
        }
    }

    /// `max`, or `min`.
    fn mutant_max(self, mutant: u32, other: Self) -> Self {
        match is(mutant) {
            true => self.min(other),
            false => self.max(other),
        }
    }
}

impl<T: Ord> OrdMutants for T {}
