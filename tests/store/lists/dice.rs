//! Conditions at random, the same in each run.

use usher::domain::{
    Timestamp,
    filter::{Attribute, Condition, MomentOperator, TextOperator, ValueType},
    lists::{Listing, SortOrder},
};
use uuid::Uuid;

use super::{
    custom::some_custom_condition,
    model::{ModelAttribute, Value},
    values::some_condition,
};

/// A source of numbers (SplitMix64).
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % below as u64).unwrap()
    }

    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }

    pub(crate) fn bytes<const N: usize>(&mut self) -> [u8; N] {
        std::array::from_fn(|_| u8::try_from(self.roll(256)).unwrap())
    }

    pub(crate) fn maybe<T>(&mut self, value: T) -> Option<T> {
        (self.roll(3) > 0).then_some(value)
    }

    /// A list of things such as these.
    pub(crate) fn listing<A: ModelAttribute>(&mut self, items: &[A::Item]) -> Listing<A> {
        let sortable: Vec<A> = A::attributes().into_iter().filter(|by| by.is_sortable()).collect();
        let sort = (self.roll(2) == 0).then(|| *self.pick(&sortable));
        let condition = (self.roll(12) > 0).then(|| self.condition(items, 3));
        let order = *self.pick(&SortOrder::ALL);
        let count = [1, 2, 7, 50, 1000][self.roll(5)];
        Listing { condition, sort, order, after: None, count, with_total: true }
    }

    /// A list of the items that have one of several values.
    pub(crate) fn list_of_alternatives<A: ModelAttribute>(
        &mut self,
        items: &[A::Item],
    ) -> Listing<A> {
        let count = self.roll(3) + 1;
        let alternatives = (0..count).map(|_| self.equality(items)).collect();
        let any = Condition::Any(alternatives);
        let condition = match self.roll(3) {
            0 => Condition::All(vec![any, self.condition(items, 2)]),
            _ => any,
        };
        let (sort, condition) = (None, Some(condition));
        Listing { sort, condition, ..self.listing(items) }
    }

    /// A condition that most indexes can be searched for.
    fn equality<A: ModelAttribute>(&mut self, items: &[A::Item]) -> Condition<A> {
        loop {
            let condition = self.test(items);
            if matches!(
                condition,
                Condition::Text(_, TextOperator::Eq, _)
                    | Condition::Id(..)
                    | Condition::Name(..)
                    | Condition::AnyValue(..)
                    | Condition::AnyCustomValue(..)
            ) {
                return condition;
            }
        }
    }

    fn condition<A: ModelAttribute>(&mut self, items: &[A::Item], depth: usize) -> Condition<A> {
        match self.roll(if depth == 0 { 4 } else { 9 }) {
            0..4 => self.test(items),
            4 | 5 => Condition::All(self.conditions(items, depth - 1)),
            6 => Condition::Any(self.conditions(items, depth - 1)),
            _ => Condition::Not(Box::new(self.condition(items, depth - 1))),
        }
    }

    fn conditions<A: ModelAttribute>(
        &mut self,
        items: &[A::Item],
        depth: usize,
    ) -> Vec<Condition<A>> {
        let some = self.roll(4);
        (0..some).map(|_| self.condition(items, depth)).collect()
    }

    fn test<A: ModelAttribute>(&mut self, items: &[A::Item]) -> Condition<A> {
        let (definitions, _) = A::custom_attributes(self.pick(items));
        if !definitions.is_empty() && self.roll(6) == 0 {
            return some_custom_condition(&definitions, self);
        }
        let attribute = *self.pick(&A::attributes());
        if let Some((field, _)) = attribute.value_sub_attribute() {
            let values = A::values(self.pick(items), field);
            return Condition::AnyValue(field, some_condition(field, &values, self, 2));
        }
        if self.roll(8) == 0 {
            return Condition::Present(attribute);
        }
        let value = attribute.value(self.pick(items));
        match (attribute.value_type(), value) {
            (
                ValueType::Text
                | ValueType::Identifier
                | ValueType::Exact
                | ValueType::NameOrPart(_),
                Value::Text(text),
            ) => self.text(attribute, &text),
            (
                ValueType::Text
                | ValueType::Identifier
                | ValueType::Exact
                | ValueType::NameOrPart(_),
                _,
            ) => self.text(attribute, "x"),
            (ValueType::Name(names), _) => {
                Condition::Name(attribute, names[self.roll(names.len())])
            }
            (ValueType::Moment, Value::Moment(at)) => {
                let at = at + chrono::TimeDelta::microseconds([0, 0, 1, -1, 1500][self.roll(5)]);
                self.moment(attribute, at)
            }
            (ValueType::Moment, _) => self.moment(attribute, Timestamp::UNIX_EPOCH),
            (ValueType::Element(_), Value::Elements(elements)) if !elements.is_empty() => {
                let element = self.pick(&elements).clone();
                Condition::Text(attribute, TextOperator::Eq, element)
            }
            (ValueType::Element(_), _) => {
                Condition::Text(attribute, TextOperator::Eq, "x".to_owned())
            }
            (_, Value::Id(id)) => Condition::Id(attribute, id),
            (_, Value::Several(ids)) if !ids.is_empty() => {
                Condition::Id(attribute, *self.pick(&ids))
            }
            (ValueType::Id, _) => Condition::Id(attribute, Uuid::from_bytes(self.bytes())),
            (ValueType::Bool, _) => Condition::Bool(attribute, self.roll(2) == 0),
        }
    }

    fn moment<A: Attribute>(&mut self, attribute: A, at: Timestamp) -> Condition<A> {
        let test = *self.pick(&[
            MomentOperator::Eq,
            MomentOperator::Gt,
            MomentOperator::Ge,
            MomentOperator::Lt,
            MomentOperator::Le,
        ]);
        Condition::Moment(attribute, test, at)
    }

    /// A test of a part of a text: of the whole, of its beginning, its middle
    /// or its end; at times of another text altogether.
    fn text<A: Attribute>(&mut self, attribute: A, text: &str) -> Condition<A> {
        use TextOperator::{Co, Eq, Ew, Ge, Gt, Le, Lt, Sw};
        let test = *self.pick(&[Eq, Eq, Co, Sw, Ew, Gt, Ge, Lt, Le]);
        let chars: Vec<char> = text.chars().collect();
        let (mut from, mut to) = (0, chars.len());
        if test != Eq && to > 0 {
            from = [0, self.roll(to)][self.roll(2)];
            to = from + 1 + self.roll(to - from);
        }
        let mut part: String = chars[from..to].iter().collect();
        match self.roll(12) {
            0 => part.push('%'),
            1 => part = part.to_uppercase(),
            2 => part.push('_'),
            _ => {}
        }
        if part.is_empty() && matches!(test, Co | Sw | Ew) {
            return Condition::Present(attribute);
        }
        Condition::Text(attribute, test, part)
    }
}
