/** What the scripts ask: short messages of the kind the model was made for, none of them from its data. */
export const SENTENCES = [
  "I love this so much, thank you all!",
  "Stuck in traffic again and late for work",
  "just had the best pizza of my life",
  "I miss my grandmother every single day",
  "why is everybody so rude on the phone today",
  "so bored, nothing to do until dinner",
  "finally finished my exams, what a relief",
  "wow, did not expect snow in April",
  "my flight is delayed by four hours...",
  "good morning! coffee first, then everything else",
  "I am worried about the results tomorrow :(",
  "haha that video made my whole week",
  "happy birthday to the kindest person I know",
  "this update broke everything and nobody answers",
  "rain, tea and a good book",
  "the meeting is at three in the small room",
];
