//! The texts of both languages. Owns every sentence that is printed; decides nothing.

use std::fmt;
use std::str::FromStr;

use fluent::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

use crate::lesson::Bilingual;

/// A language of the course.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Spanish.
    Spanish,
}

impl Language {
    /// The one that a locale such as `es_AR.UTF-8` names; English otherwise.
    pub fn of_locale(locale: &str) -> Self {
        if locale == "es" || locale.starts_with("es_") || locale.starts_with("es.") || locale.starts_with("es-") {
            Language::Spanish
        } else {
            Language::English
        }
    }

    /// Its part of a text in both.
    pub fn of(self, text: &Bilingual) -> &str {
        match self {
            Language::English => &text.en,
            Language::Spanish => &text.es,
        }
    }
}

impl FromStr for Language {
    type Err = &'static str;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        match code {
            "en" => Ok(Language::English),
            "es" => Ok(Language::Spanish),
            _ => Err("expected `en` or `es`"),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::English => "en",
            Language::Spanish => "es",
        })
    }
}

const ENGLISH: &str = include_str!("texts/en.ftl");
const SPANISH: &str = include_str!("texts/es.ftl");

/// The texts of one language.
pub struct Texts {
    language: Language,
    bundle: FluentBundle<FluentResource>,
}

/// What stands for a variable of a text.
pub enum Value<'a> {
    /// A number, which decides on plurals.
    Number(u64),
    /// A text, put there as it is.
    Text(&'a str),
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Text(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Text(text)
    }
}

impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        Value::Number(number)
    }
}

impl From<u32> for Value<'_> {
    fn from(number: u32) -> Self {
        Value::Number(number.into())
    }
}

impl From<usize> for Value<'_> {
    fn from(number: usize) -> Self {
        Value::Number(number as u64)
    }
}

impl Texts {
    /// Those of a language.
    pub fn new(language: Language) -> Self {
        let source = match language {
            Language::English => ENGLISH,
            Language::Spanish => SPANISH,
        };
        let id: LanguageIdentifier = language.to_string().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![id]);
        // Marks around variables for text of mixed directions: neither language needs them.
        bundle.set_use_isolating(false);
        // A mistake in a text costs that text alone; the tests find it.
        let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(source.to_owned());
        let _ = bundle.add_resource(resource);
        let _ = bundle.add_builtins();
        let _ = bundle.add_function("AL", |values, _| contract(values, "a", "al"));
        let _ = bundle.add_function("DEL", |values, _| contract(values, "de", "del"));
        let _ = bundle.add_function("BARE", |values, _| bare(values));
        Texts { language, bundle }
    }

    /// Which language it is.
    pub fn language(&self) -> Language {
        self.language
    }

    /// A text without variables.
    pub fn say(&self, id: &str) -> String {
        self.with::<0>(id, [])
    }

    /// A text with its variables.
    pub fn with<const N: usize>(&self, id: &str, values: [(&str, Value<'_>); N]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in values {
            match value {
                Value::Number(number) => args.set(name.to_owned(), FluentValue::from(number)),
                Value::Text(text) => args.set(name.to_owned(), text.to_owned()),
            }
        }
        let Some(pattern) = self.bundle.get_message(id).and_then(|message| message.value()) else {
            return id.to_owned();
        };
        self.bundle.format_pattern(pattern, Some(&args), &mut Vec::new()).into_owned()
    }

    /// `a, b and c`.
    pub fn list(&self, items: &[String]) -> String {
        match items {
            [] => String::new(),
            [only] => only.clone(),
            [most @ .., last] => self.with("and", [("most", (&most.join(", ")).into()), ("last", last.into())]),
        }
    }
}

/// Spanish joins `a el` and `de el` into one word.
fn contract<'a>(values: &[FluentValue<'a>], apart: &str, joined: &str) -> FluentValue<'a> {
    match text(values).strip_prefix("el ") {
        Some(rest) => format!("{joined} {rest}").into(),
        None => format!("{apart} {}", text(values)).into(),
    }
}

/// A name without its article.
fn bare<'a>(values: &[FluentValue<'a>]) -> FluentValue<'a> {
    text(values).strip_prefix("el ").unwrap_or(text(values)).to_owned().into()
}

fn text<'b>(values: &'b [FluentValue<'_>]) -> &'b str {
    match values.first() {
        Some(FluentValue::String(text)) => text,
        Some(_) | None => "",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use regex::Regex;

    use super::*;

    /// Each message of a file with the variables it uses.
    fn messages(source: &str) -> BTreeMap<String, BTreeSet<String>> {
        let head = Regex::new(r"^([a-z0-9-]+) =").unwrap();
        let variable = Regex::new(r"\$([a-z]+)").unwrap();
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut current = String::new();
        for line in source.lines() {
            if let Some(name) = head.captures(line) {
                current = name[1].to_owned();
                found.entry(current.clone()).or_default();
            }
            for name in variable.captures_iter(line) {
                found.get_mut(&current).unwrap().insert(name[1].to_owned());
            }
        }
        found
    }

    #[test]
    fn both_languages_say_the_same() {
        let (english, spanish) = (messages(ENGLISH), messages(SPANISH));
        let ids = |texts: &BTreeMap<String, _>| texts.keys().cloned().collect::<Vec<_>>();
        assert_eq!(ids(&english), ids(&spanish));
        for (id, variables) in &english {
            // A language may say one and many alike, and then not count.
            let without_count =
                |names: &BTreeSet<String>| names.iter().filter(|n| *n != "count").cloned().collect::<Vec<_>>();
            assert_eq!(without_count(variables), without_count(&spanish[id]), "{id}");
        }
    }

    #[test]
    fn every_text_can_be_read() {
        for source in [ENGLISH, SPANISH] {
            let resource = FluentResource::try_new(source.to_owned());
            assert!(resource.is_ok(), "{:?}", resource.err().map(|(_, errors)| errors));
        }
        for language in [Language::English, Language::Spanish] {
            let mut bundle = Texts::new(language).bundle;
            assert!(bundle.add_resource(FluentResource::try_new("unique = x".into()).unwrap()).is_ok());
        }
    }

    /// The sources say which texts they use by name: each must be there.
    #[test]
    fn every_text_that_is_asked_for_is_there() {
        let root = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
        let asked = Regex::new(r#"(?:\.say\(|\.with\(|text: )\s*"([a-z0-9-]+)""#).unwrap();
        let known = messages(ENGLISH);
        let mut folders = vec![std::path::PathBuf::from(root)];
        let mut count = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "rs") {
                    for id in asked.captures_iter(&std::fs::read_to_string(&path).unwrap()) {
                        assert!(known.contains_key(&id[1]), "{} asks for `{}`", path.display(), &id[1]);
                        count += 1;
                    }
                }
            }
        }
        assert!(count > 20, "the pattern no longer finds the texts that are asked for");
    }

    fn check(language: Language, id: &str, number: u64, expected: &str) {
        let name = if id == "met-at" { "number" } else { "count" };
        assert_eq!(Texts::new(language).with(id, [(name, number.into())]), expected);
    }

    #[test]
    fn plurals_and_ordinals_are_right() {
        check(Language::English, "executions", 1, "1 execution");
        check(Language::English, "executions", 214, "214 executions");
        check(Language::Spanish, "executions", 2, "2 ejecuciones");
        check(Language::English, "met-at", 2, "found in the 2nd schedule tried");
        check(Language::English, "met-at", 13, "found in the 13th schedule tried");
        check(Language::English, "met-at", 21, "found in the 21st schedule tried");
    }

    #[test]
    fn spanish_joins_preposition_and_article() {
        let texts = Texts::new(Language::Spanish);
        let say = |who: &str| texts.with("zombie", [("who", who.into())]);
        assert_eq!(say("el proceso 1"), "nadie esperó al proceso 1");
        assert_eq!(say("otro"), "nadie esperó a otro");
        assert_eq!(texts.with("column", [("name", "el padre".into())]), "padre");
    }

    #[test]
    fn a_list_reads_like_one() {
        let items = ["a", "b", "c"].map(String::from);
        assert_eq!(Texts::new(Language::English).list(&items), "a, b and c");
        assert_eq!(Texts::new(Language::Spanish).list(&items[..2]), "a y b");
    }

    #[test]
    fn a_locale_names_its_language() {
        for (locale, language) in [
            ("es_AR.UTF-8", Language::Spanish),
            ("es", Language::Spanish),
            ("en_US.UTF-8", Language::English),
            ("C", Language::English),
            ("est", Language::English),
        ] {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }
}
